import { formatPeerId, type PeerId } from '#shared/identity/peerId.ts';

/** The first and the last group: enough to recognise where there is little room. */
export function briefPeerId(id: PeerId): string {
  const groups = formatPeerId(id).split('-');
  return `${groups[0] ?? ''}-…-${groups.at(-1) ?? ''}`;
}

/** The first two groups and the last, cut in the middle. */
export function shortPeerId(id: PeerId): string {
  const groups = formatPeerId(id).split('-');
  return `${groups.slice(0, 2).join('-')}-…-${groups.at(-1) ?? ''}`;
}

/** How many avatar colours tokens.css names. */
export const avatarColours = 8;

/** A stable colour for an id, 1 to 8: its characters are evenly spread, a sum would not be. */
export function avatarColour(id: PeerId): number {
  let hash = 0;
  for (const character of id) {
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  }
  // The low bits alone would only add the characters up.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0;
  return ((hash >>> 16) % avatarColours) + 1;
}

export const monogram = (id: PeerId): string => id.slice(0, 2);

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The first character of a name as people see characters, in capitals. */
export function nameMonogram(name: string): string {
  const [first] = graphemes.segment(name.trim());
  return first?.segment.toLocaleUpperCase() ?? '';
}

/** More than any place shows of a name; `splitName` cuts what is wider still. */
const longestName = 64;

/** A long name without its middle; both ends tell more than the beginning alone. */
export function cutName(name: string): string {
  if (name.length <= longestName) {
    return name;
  }
  const characters = [...graphemes.segment(name)].map(({ segment }) => segment);
  if (characters.length <= longestName) {
    return name;
  }
  const half = longestName / 2;
  return `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`;
}

/** Hebrew, Arabic and the other scripts that are written from right to left. */
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** Short enough to fit wherever a name is shown, graphemes. */
const shortName = 16;
/** What stays of the end of a longer one, graphemes: about this much, after a space where there is one near. */
const nameTail = { shortest: 4, usual: 8, longest: 13 } as const;

/**
 * A name in two parts, of which the first gives way where there is little room, so that it is cut in the middle.
 * One word in letters that are joined in writing stays whole: cut in two they would be drawn as other letters.
 */
export function splitName(name: string): { readonly head: string; readonly tail: string } {
  const whole = { head: name, tail: '' };
  if (name.length <= shortName) {
    return whole;
  }
  const characters = [...graphemes.segment(name)].map(({ segment }) => segment);
  const { length } = characters;
  if (length <= shortName) {
    return whole;
  }
  const [space] = characters
    .map((character, at) => ({ character, left: length - at }))
    .filter(
      ({ character, left }) => character === ' ' && left >= nameTail.shortest && left <= nameTail.longest,
    )
    .sort((a, b) => Math.abs(a.left - nameTail.usual) - Math.abs(b.left - nameTail.usual));
  if (space === undefined && rightToLeft.test(name)) {
    return whole;
  }
  // The space goes with what gives way: where nothing does, it is seen all the same.
  const at = length - (space === undefined ? nameTail.usual : space.left - 1);
  return { head: characters.slice(0, at).join(''), tail: characters.slice(at).join('') };
}

/**
 * A name for the middle of a sentence: one from right to left is isolated (UAX #9, FSI and PDI), so that it
 * does not turn the words around it.
 */
export const inSentence = (name: string): string =>
  rightToLeft.test(name) ? `\u2068${cutName(name)}\u2069` : cutName(name);

const two = (value: number) => String(value).padStart(2, '0');

/** `04:18`, from an hour on `1:04:18`. Negative durations (a clock that jumped) are 0. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
