const eitherRole = /^(a=setup:)actpass(\r?)$/gm;

/**
 * Makes the answer to this offer leave the first packet of DTLS to the peer who made it (`a=setup`, RFC 8842
 * section 5). An offer that rings on several devices can be answered by two of them at once, and both then
 * find the caller with ICE; Chromium keeps the first ClientHello that arrives before it knows the answer, and
 * where that is from the device whose answer was not taken, the handshake with the other never ends.
 */
export const leavingDtlsToOfferer = (sdp: string): string => sdp.replace(eitherRole, '$1active$2');
