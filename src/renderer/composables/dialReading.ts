import { findPeerId, idLength, parsePeerId, type PeerId } from '#shared/identity/peerId.ts';
import { serverInText } from '#shared/people/links.ts';

/** What the dial field makes of its text, before anything is sent. */
export type DialReading =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'id';
      readonly id: PeerId;
      readonly known: boolean;
      /** The server that a link in the text names; null: none. */
      readonly server: string | null;
    }
  /** A link to an id, with a server that cannot be used. */
  | { readonly kind: 'wrongServer' }
  | { readonly kind: 'self' }
  /** Fewer characters than an id has, all of them possible so far. */
  | { readonly kind: 'partial'; readonly found: number }
  | { readonly kind: 'tooLong'; readonly found: number }
  | { readonly kind: 'character'; readonly character: string; readonly group: number }
  /** The check character does not fit; nothing known is close. */
  | { readonly kind: 'check' }
  /** One slip away from an id that was called before. `group` counts from 1 to 5. */
  | { readonly kind: 'nearKnown'; readonly group: number; readonly meant: PeerId }
  /** A longer text without an id in it. */
  | { readonly kind: 'noIdInText' };

const groupLength = 5;

/** Longer than any way to write one id with its link; then it is a text that should contain one. */
const longestSpelling = 60;

const spelling = (text: string): string =>
  text
    .trim()
    .replace(/^peerline:(?:\/\/)?/i, '')
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');

const groupOf = (position: number): number =>
  Math.min(idLength / groupLength, Math.floor(position / groupLength) + 1);

/**
 * Where `typed` differs from `known`, as an index into `known`, if one wrong, missing, extra or swapped
 * character explains the whole difference; undefined otherwise.
 */
export function singleSlip(typed: string, known: string): number | undefined {
  let start = 0;
  while (start < typed.length && start < known.length && typed[start] === known[start]) {
    start += 1;
  }
  const rest = (text: string, from: number) => text.slice(from);
  const explained =
    (typed.length === known.length &&
      (rest(typed, start + 1) === rest(known, start + 1) ||
        (typed[start] === known[start + 1] &&
          typed[start + 1] === known[start] &&
          rest(typed, start + 2) === rest(known, start + 2)))) ||
    (typed.length === known.length - 1 && rest(typed, start) === rest(known, start + 1)) ||
    (typed.length === known.length + 1 && rest(typed, start + 1) === rest(known, start));
  return explained && typed !== known ? Math.min(start, known.length - 1) : undefined;
}

function nearKnown(text: string, known: readonly PeerId[]): DialReading | undefined {
  const typed = spelling(text);
  // All but the end of a known id is one that is still being typed, and no slip.
  if (known.some((id) => id.startsWith(typed))) {
    return undefined;
  }
  for (const id of known) {
    const position = singleSlip(typed, id);
    if (position !== undefined) {
      return { kind: 'nearKnown', group: groupOf(position), meant: id };
    }
  }
  return undefined;
}

/** Reads what a person typed or pasted: an id in any spelling, a link, or a text with an id in it. */
export function readDialText(
  text: string,
  facts: { readonly self: PeerId; readonly known: readonly PeerId[] },
): DialReading {
  const found = findPeerId(text);
  if (found !== undefined) {
    if (found === facts.self) {
      return { kind: 'self' };
    }
    const server = serverInText(text, found);
    return server.ok
      ? { kind: 'id', id: found, known: facts.known.includes(found), server: server.value }
      : { kind: 'wrongServer' };
  }
  const parsed = parsePeerId(text);
  if (parsed.ok || parsed.error.code === 'PEER_ID_EMPTY') {
    return { kind: 'empty' };
  }
  if (text.length > longestSpelling) {
    return { kind: 'noIdInText' };
  }
  const near = nearKnown(text, facts.known);
  if (near !== undefined) {
    return near;
  }
  switch (parsed.error.code) {
    case 'PEER_ID_LENGTH':
      return parsed.error.found < idLength
        ? { kind: 'partial', found: parsed.error.found }
        : { kind: 'tooLong', found: parsed.error.found };
    case 'PEER_ID_CHARACTER':
      return {
        kind: 'character',
        character: parsed.error.character,
        group: parsed.error.group,
      };
    case 'PEER_ID_CHECK':
      return { kind: 'check' };
  }
}
