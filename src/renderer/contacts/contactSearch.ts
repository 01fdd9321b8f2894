import type { Contact } from '#shared/people/contacts.ts';
import { foldText } from './foldText.ts';

/** The pinyin readings of Chinese characters, without tones. */
export type Readings = ReadonlyMap<string, readonly string[]>;

/** Longer than anything that somebody types to find a name. */
const longestQuery = 100;

const han = /\p{Script=Han}/u;

interface Key {
  readonly name: string;
  readonly note: string;
  /** The characters of a name with Chinese in it. */
  readonly characters: readonly string[] | null;
}

const keys = new WeakMap<Contact, Key>();

function keyOf(contact: Contact): Key {
  let key = keys.get(contact);
  if (key === undefined) {
    const name = foldText(contact.name);
    key = { name, note: foldText(contact.note), characters: han.test(name) ? Array.from(name) : null };
    keys.set(contact, key);
  }
  return key;
}

/** The Chinese characters in the names of which no reading is known. */
export function charactersWithoutReading(contacts: readonly Contact[], readings: Readings): string {
  const missing = new Set<string>();
  for (const contact of contacts) {
    for (const character of keyOf(contact).characters ?? []) {
      if (!readings.has(character) && han.test(character)) {
        missing.add(character);
      }
    }
  }
  return [...missing].join('');
}

/**
 * Whether the letters spell some of the characters from `start` on, each by the whole of its reading or the
 * beginning of it: `lilei`, `ll` and `lil` all find 李雷. A character that is not Chinese spells itself.
 */
function spellsFrom(
  characters: readonly string[],
  start: number,
  letters: string,
  readings: Readings,
): boolean {
  let reached = new Set([0]);
  for (let index = start; index < characters.length && reached.size > 0; index += 1) {
    const character = characters[index] ?? '';
    if (character === ' ') {
      continue;
    }
    const next = new Set<number>();
    for (const from of reached) {
      for (const reading of readings.get(character) ?? [character]) {
        let length = 0;
        while (length < reading.length && reading[length] === letters[from + length]) {
          length += 1;
          if (from + length === letters.length) {
            return true;
          }
          next.add(from + length);
        }
      }
    }
    reached = next;
  }
  return false;
}

const spells = (characters: readonly string[], letters: string, readings: Readings): boolean =>
  characters.some((_, start) => spellsFrom(characters, start, letters, readings));

/** What an id would look like that begins or goes on like this, or undefined where it is none. */
function idPart(text: string): string | undefined {
  const part = text
    .replace(/^peerline:(?:\/\/)?/i, '')
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  return part.length >= 3 && /^[0-9A-Z]+$/.test(part) ? part : undefined;
}

/** Short parts occur in thousands of ids by chance, so they count at the beginning only. */
const idFits = (id: string, part: string): boolean =>
  part.length < 4 ? id.startsWith(part) : id.includes(part);

/** The contacts that a text means, best first: by the name, by its pinyin, by the id, by the note. */
export function searchContacts(
  contacts: readonly Contact[],
  text: string,
  readings: Readings,
): readonly Contact[] {
  const query = foldText(text.slice(0, longestQuery));
  if (query === '') {
    return contacts;
  }
  const words = query.split(' ');
  const letters = query.replaceAll(' ', '');
  const id = idPart(text.slice(0, longestQuery));
  const rankOf = (contact: Contact): number => {
    const { name, note, characters } = keyOf(contact);
    const at = name.indexOf(query);
    if (at !== -1) {
      return at === 0 ? 0 : name.includes(` ${query}`) ? 1 : 2;
    }
    if (characters !== null && spells(characters, letters, readings)) {
      return 1;
    }
    if (id !== undefined && idFits(contact.id, id)) {
      return 3;
    }
    if (note.includes(query)) {
      return 4;
    }
    return words.length > 1 && words.every((word) => name.includes(word) || note.includes(word)) ? 5 : -1;
  };
  const ranked: Contact[][] = [[], [], [], [], [], []];
  for (const contact of contacts) {
    ranked[rankOf(contact)]?.push(contact);
  }
  return ranked.flat();
}
