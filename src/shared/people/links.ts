import { parsePeerId, peerLink, type PeerId } from '../identity/peerId.ts';
import { fail, ok, type Failure, type Result } from '../result.ts';
import { serverUrlSchema } from '../settings.ts';

/** What a `peerline:` link asks for; a person confirms it before anything happens. */
export interface PeerLink {
  readonly id: PeerId;
  /** The signaling server at which the id is to be found; null: the present one. */
  readonly server: string | null;
}

/** An id and an address of at most 512 characters, each of which may be written as `%xx`. */
const maxLinkChars = 2_048;

/** `peerline:ID`, `peerline://ID`, with the slash that some systems put after what looks like a host. */
const form = /^peerline:(?:\/\/)?(?<id>[0-9A-Za-z-]{25,64})\/?(?:\?(?<query>[^#]*))?$/i;

/** Nothing in an address that is shown to a person may hide or turn round what stands beside it. */
const unprintable = /[\p{C}\p{Z}]/u;

/**
 * The host in ASCII, names of other scripts as `xn--` (RFC 5890): letters of two scripts can look alike, and the person
 * is to see whose server it is.
 */
const hostAndPort = /^wss?:\/\/(?:\[[\da-f:.]*\]|[\w.-]+)(?::(?<port>\d{1,5}))?(?:[/?#]|$)/i;

const invalid = (why: string) => fail('PEER_LINK_INVALID', why);

/**
 * Reads a link that the system hands over, from a web page or anybody's mail. Strict, other than the dial
 * field: nobody has typed it. Parameters that this version does not know are ignored, `server` may come once.
 */
export function parsePeerLink(text: string): Result<PeerLink, Failure<'PEER_LINK_INVALID'>> {
  if (text.length > maxLinkChars) {
    return invalid('too long');
  }
  const parts = form.exec(text)?.groups;
  if (parts === undefined) {
    return invalid('not of the form peerline:ID');
  }
  const id = parsePeerId(parts.id ?? '');
  if (!id.ok) {
    return invalid(`the id is wrong: ${id.error.code}`);
  }
  const servers = (parts.query ?? '').split('&').filter((pair) => /^server(?:=|$)/.test(pair));
  const [pair] = servers;
  if (pair === undefined) {
    return ok({ id: id.value, server: null });
  }
  const server = decode(pair.slice('server='.length));
  return servers.length === 1 && server !== undefined && isServer(server)
    ? ok({ id: id.value, server })
    : invalid('the server is not an address');
}

/** A link as it stands in a mail or on a page: up to a space, a bracket of a mail program, or a quote. */
const linkInText = /peerline:[^\s<>"]+/gi;
/** What a sentence puts behind a link. */
const punctuation = /[.,;:!?)\]}'\u2019\u201D\u3002\uFF0C]+$/u;
const textChars = 10_000;

/**
 * The server that a text names for an id which was found in it, where the text holds a link to that id; null:
 * none. A link to it that cannot be used is a failure: without its server the id may lead nowhere.
 */
export function serverInText(text: string, id: PeerId): Result<string | null, Failure<'PEER_LINK_INVALID'>> {
  for (const [written] of text.slice(0, textChars).matchAll(linkInText)) {
    const named = parsePeerId(written);
    if (!written.includes('?') || !named.ok || named.value !== id) {
      continue;
    }
    // A name of a host may end with a dot too, but hardly in a text.
    const bare = parsePeerLink(written.replace(punctuation, ''));
    const link = bare.ok ? bare : parsePeerLink(written);
    return link.ok ? ok(link.value.server) : link;
  }
  return ok(null);
}

/** What "copy link" puts on the clipboard; read back by `parsePeerLink`, given a server whose host is in ASCII. */
export function formatPeerLink({ id, server }: PeerLink): string {
  return server === null ? peerLink(id) : `${peerLink(id)}?server=${encodeURIComponent(server)}`;
}

/** The name of this computer for itself (RFC 6761, RFC 5735, RFC 4291): to anybody else it is another server. */
const loopback = /^wss?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?:[:/?#]|$)/i;

/** The server as a link to it may name it; null: the address means nothing on another computer. */
export const serverForLinks = (url: string): string | null => (loopback.test(url) ? null : url);

/** The same server, however its address is spelled: case of scheme and host, slash at the end. */
export const sameServer = (one: string, other: string): boolean => canonical(one) === canonical(other);

function canonical(url: string): string {
  const [, origin = '', path = ''] = /^(wss?:\/\/[^/?#]*)(.*)$/is.exec(url) ?? [];
  return origin.toLowerCase() + path.replace(/\/$/, '');
}

function isServer(text: string): boolean {
  const match = hostAndPort.exec(text);
  return (
    serverUrlSchema.safeParse(text).success &&
    !unprintable.test(text) &&
    match !== null &&
    Number(match.groups?.port ?? 1) <= 65_535
  );
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
