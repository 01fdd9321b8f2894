import { parsePeerId, formatPeerId, type PeerId } from '#shared/identity/peerId.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { cleanLine, cleanLines } from '#shared/people/text.ts';
import type { CardLines } from './CardSplitter.ts';

/** A picture as it stands in a card: any type, any size, not to be trusted. */
export interface CardPhoto {
  readonly mediaType: string;
  readonly base64: string;
}

/** What a card says about somebody who has an id. Texts are cleaned and cut as the address book does it. */
interface ReadCard {
  readonly id: PeerId;
  /** Null: the card has none. */
  readonly name: string | null;
  readonly note: string | null;
  /** Undefined: the card does not say. */
  readonly favourite: boolean | undefined;
  readonly photo: CardPhoto | null;
}

/** `noId`: a card like any other program writes; `wrongId`: its Peerline id is mistyped. */
export type CardReading = ReadCard | 'noId' | 'wrongId' | 'broken';

interface ContentLine {
  /** Upper case, without the group. */
  readonly name: string;
  /** Names in upper case; of a name that comes twice the values are together. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  readonly value: string;
}

/** Cards of ours have a dozen lines, those of large address books some hundred. */
const mostLines = 2_000;

/** Splits at a character, but not between double quotes. */
function splitOutsideQuotes(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let quoted = false;
  let from = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '"') {
      quoted = !quoted;
    } else if (text[index] === separator && !quoted) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

const unquoted = (text: string): string => text.replace(/^"(.*)"$/s, '$1');

/** Where the value begins: behind the first colon that is not between quotes. -1: there is none. */
function colonOf(line: string): number {
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index];
    if (character === '"') {
      quoted = !quoted;
    } else if (character === ':' && !quoted) {
      return index;
    }
  }
  return -1;
}

function readLine(line: string): ContentLine | undefined {
  const colon = colonOf(line);
  if (colon <= 0) {
    return undefined;
  }
  const [head = '', ...rest] = splitOutsideQuotes(line.slice(0, colon), ';');
  const parameters = new Map<string, string[]>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    // vCard 2.1 and many vCard 3 files leave the name of TYPE and ENCODING out.
    const name = equals === -1 ? 'TYPE' : parameter.slice(0, equals).toUpperCase();
    const values = splitOutsideQuotes(parameter.slice(equals + 1), ',').map(unquoted);
    parameters.set(name, [...(parameters.get(name) ?? []), ...values]);
  }
  return {
    name: head.slice(head.lastIndexOf('.') + 1).toUpperCase(),
    parameters,
    value: line.slice(colon + 1),
  };
}

/** RFC 6350 section 3.4: what a backslash stands before. */
const unescape = (text: string): string =>
  text.replace(/\\([\\,;:nN])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? '\n' : escaped));

/** Parts of a structured value, split at semicolons that are not escaped. */
const parts = (text: string): readonly string[] => text.split(/(?<!\\);/).map(unescape);

/** Given names, then family names: how the name is said in most languages that write both. */
function structuredName(value: string): string {
  const [family = '', given = '', additional = '', prefix = '', suffix = ''] = parts(value);
  const whole = [prefix, given, additional, family, suffix].filter(Boolean);
  return /\p{Script=Han}/u.test(family) ? `${family}${given}` : whole.join(' ');
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** A picture that lies in the card itself; addresses elsewhere are never fetched. */
function readPhoto({ parameters, value }: ContentLine): CardPhoto | null {
  const data = /^data:(image\/[\w.+-]+)[^,]{0,100};base64,/i.exec(value.slice(0, 200));
  const encoding = [...(parameters.get('ENCODING') ?? []), ...(parameters.get('TYPE') ?? [])];
  const inline = encoding.some((name) => /^(?:b|base64)$/i.test(name));
  if (data === null && !inline) {
    return null;
  }
  const kind = (parameters.get('TYPE') ?? []).find((name) => !/^base64$/i.test(name)) ?? 'jpeg';
  const mediaType = data?.[1] ?? (kind.includes('/') ? kind : `image/${kind}`);
  const text = value.slice(data?.[0].length ?? 0).replace(/\s/g, '');
  return base64.test(text) ? { mediaType: mediaType.toLowerCase(), base64: text } : null;
}

const yes = (value: string): boolean => /^(?:1|true|yes)$/i.test(value.trim());

/** Undefined: the line is not about an id of ours. */
function readId({ name, value }: ContentLine): ReturnType<typeof parsePeerId> | undefined {
  const text = unescape(value.slice(0, 512)).trim();
  const own = name === 'X-PEERLINE' || name === 'X-PEERLINE-ID';
  const linked = (name === 'IMPP' || name === 'URL') && /^peerline:/i.test(text);
  return own || linked ? parsePeerId(text) : undefined;
}

/** Reads the lines of one card, version 4 or 3, and takes from it what it understands. */
export function readCard(lines: CardLines): CardReading {
  if (lines.length > mostLines) {
    return 'broken';
  }
  const read = lines.map(readLine).filter((line) => line !== undefined);
  if (read.length === 0) {
    return 'broken';
  }
  const all = (name: string): readonly ContentLine[] => read.filter((line) => line.name === name);
  const ids = read.map(readId).filter((parsed) => parsed !== undefined);
  const id = ids.find((parsed) => parsed.ok)?.value;
  if (id === undefined) {
    return ids.length > 0 ? 'wrongId' : 'noId';
  }
  const texts = (name: string) => all(name).map(({ value }) => unescape(value));
  const names = [...texts('FN'), ...all('N').map(({ value }) => structuredName(value)), ...texts('NICKNAME')];
  const name = names.map((text) => cleanLine(text, contactBounds.name)).find((text) => text !== '');
  const note = cleanLines(texts('NOTE').join('\n'), contactBounds.note);
  const [marked] = all('X-PEERLINE-FAVOURITE');
  const [photo] = all('PHOTO');
  return {
    id,
    name: name ?? null,
    note: note === '' ? null : note,
    favourite: marked === undefined ? undefined : yes(marked.value),
    photo: photo === undefined ? null : readPhoto(photo),
  };
}

/** What a contact is called whose card has no name. */
export const nameFromId = (id: PeerId): string => formatPeerId(id);
