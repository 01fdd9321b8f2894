/** The WebSocket subprotocol; a change that old clients cannot read gets a new name. */
export const subprotocol = 'peerline.1';
