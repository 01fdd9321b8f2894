import { z } from 'zod';

/**
 * The addresses of RFC 7064 and RFC 7065 that RTCPeerConnection takes: a host or [IPv6 address], and for
 * TURN a transport. It throws for any other, and then no call would work.
 */
const iceUrlPattern =
  /^(?:stuns?|turns?):(?:\[[\da-f:.]+\]|[^\s:/?#@[\]]+)(?::(?<port>\d{1,5}))?(?<transport>\?transport=(?:udp|tcp))?$/i;

const isTurnUrl = (url: string): boolean => /^turns?:/i.test(url);

function isIceUrl(url: string): boolean {
  const match = iceUrlPattern.exec(url);
  const port = Number(match?.groups?.port ?? 1);
  const hasTransport = match?.groups?.transport !== undefined;
  return match !== null && port >= 1 && port <= 65_535 && (isTurnUrl(url) || !hasTransport);
}

const text = z.string().max(512);

export const iceUrlSchema = text.refine(isIceUrl, 'stun:, stuns:, turn: or turns:, a host and a port');
export const turnUrlSchema = text.refine(
  (url) => isIceUrl(url) && isTurnUrl(url),
  'turn: or turns:, a host and a port',
);

/** Whether media could go through that server. */
export const hasRelay = ({ urls }: { readonly urls: readonly string[] }): boolean => urls.some(isTurnUrl);

/** Addresses of one server. */
export const maxIceUrls = 8;

/** Of a user name and a password for TURN, characters (WebRTC, section 4.2.4). */
export const maxIceUsername = 509;
export const maxIceCredential = 512;
