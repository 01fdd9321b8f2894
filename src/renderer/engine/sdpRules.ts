import type { IceCandidate, SessionDescription } from '#shared/call/messages.ts';

/** What a call leaves out of descriptions and candidates of its own, and does not take in those of a peer. */

/** Of one generation; more than any computer has. Each one that is taken makes us send packets to an address. */
export const maxCandidates = 128;

const candidateLine = /^a=candidate:.*\r?\n?/gm;

/** `typ relay` of RFC 8839, section 5.1. */
const isRelay = (candidate: string): boolean => /\styp relay(?:\s|$)/.test(candidate);

/** The address behind a relay that `raddr` names (RFC 8839, section 5.1); also of a malformed line. */
const withoutRelated = (candidate: string): string =>
  candidate.replace(/ raddr \S+/g, ' raddr 0.0.0.0').replace(/ rport \S+/g, ' rport 0');

/**
 * A description that names no address but those of relays. Chromium leaves the others out by itself when it may
 * use relays alone (`iceTransportPolicy`); this is for what it may overlook.
 */
export const relayedOnly = ({ type, sdp }: SessionDescription): SessionDescription => ({
  type,
  sdp: sdp
    .replace(candidateLine, (line) => (isRelay(line) ? withoutRelated(line) : ''))
    // The default candidate (RFC 8839, section 4.2.1): nobody who trickles looks at it.
    .replace(/^(c=IN) IP[46] [^\r\n]*/gm, '$1 IP4 0.0.0.0')
    .replace(/^(a=rtcp:)[^\r\n]*/gm, '$19 IN IP4 0.0.0.0')
    .replace(/^(m=\S+) (?!0 )\d+ /gm, '$1 9 '),
});

/** The same of a candidate; undefined: it may not leave this computer. */
export function relayedCandidate(candidate: IceCandidate): IceCandidate | undefined {
  return isRelay(candidate.candidate)
    ? { ...candidate, candidate: withoutRelated(candidate.candidate) }
    : undefined;
}

/**
 * Lets the own Opus encoder fall silent when nobody talks (DTX, `usedtx` of RFC 7587, section 6.1): read from the
 * peer's description. In-band FEC is in Chromium's own parameters.
 */
export function withOpusDtx(sdp: string): string {
  const payload = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  return payload === undefined
    ? sdp
    : sdp.replace(new RegExp(`^(a=fmtp:${payload} (?![^\\r\\n]*usedtx)[^\\r\\n]*)`, 'm'), '$1;usedtx=1');
}

/** A peer's description without the candidates that are too many. */
export function withFewCandidates(sdp: string): string {
  let seen = 0;
  return sdp.replace(candidateLine, (line) => {
    seen += 1;
    return seen <= maxCandidates ? line : '';
  });
}

/**
 * The kinds of media of a description in order, as `audio,video`; undefined when it is none that a call can
 * have: another kind, one kind twice, or a section that is refused (RFC 8829, section 5.3.1).
 */
export function mediaOf(sdp: string): string | undefined {
  const sections = sdp.split(/^(?=m=)/m).slice(1);
  const kinds = sections.map((section) => /^m=(audio|video) (\d+) /.exec(section)?.[1]);
  // Port 0 refuses a section, unless it only says that the section is in a bundle (RFC 9143, section 6).
  const refused = sections.some(
    (section) => /^m=\S+ 0 /.test(section) && !/^a=bundle-only\r?$/m.test(section),
  );
  const valid =
    kinds.length > 0 && !kinds.includes(undefined) && new Set(kinds).size === kinds.length && !refused;
  return valid ? kinds.join(',') : undefined;
}
