import type { Contact } from '#shared/people/contacts.ts';

/** Where names go that begin with no letter. */
const otherLetter = '#';

/**
 * One order for both languages: Chinese by pinyin (CLDR collation "pinyin"), everything else by the root
 * order, numbers by their value.
 */
const collator = new Intl.Collator('zh-CN-u-co-pinyin', { numeric: true });

/** The first character of each letter's range in the collation "pinyin"; I, U and V begin no syllable. */
const hanStarts: readonly (readonly [letter: string, first: string])[] = [
  ['A', '阿'],
  ['B', '八'],
  ['C', '嚓'],
  ['D', '咑'],
  ['E', '妸'],
  ['F', '发'],
  ['G', '旮'],
  ['H', '哈'],
  ['J', '丌'],
  ['K', '咔'],
  ['L', '垃'],
  ['M', '妈'],
  ['N', '拏'],
  ['O', '噢'],
  ['P', '妑'],
  ['Q', '七'],
  ['R', '呥'],
  ['S', '仨'],
  ['T', '他'],
  ['W', '屲'],
  ['X', '夕'],
  ['Y', '丫'],
  ['Z', '帀'],
];

/** Two characters where there are two: some are read by what follows, as in 重庆. */
function hanLetter(characters: string): string {
  let letter = 'A';
  for (const [candidate, first] of hanStarts) {
    if (collator.compare(characters, first) < 0) {
      break;
    }
    letter = candidate;
  }
  return letter;
}

/** The letter under which a name stands in the list: its first one without accents, of Chinese the pinyin's. */
export function letterOf(name: string): string {
  const [first = '', second = ''] = name.trimStart().normalize('NFKD');
  if (/\p{Script=Han}/u.test(first)) {
    return hanLetter(/\p{Script=Han}/u.test(second) ? first + second : first);
  }
  return /\p{L}/u.test(first) ? (Array.from(first.toUpperCase())[0] ?? otherLetter) : otherLetter;
}

const letters = new WeakMap<Contact, string>();

/** `letterOf` the contact's name, worked out once. */
export function contactLetter(contact: Contact): string {
  let letter = letters.get(contact);
  if (letter === undefined) {
    letter = letterOf(contact.name);
    letters.set(contact, letter);
  }
  return letter;
}

/** Latin letters first, then those of other scripts, then what is no letter. */
const rank = (letter: string): number => (letter === otherLetter ? 2 : /^[A-Z]$/.test(letter) ? 0 : 1);

/** By letter, then by name; ids keep equal names in a steady order. */
export function compareContacts(a: Contact, b: Contact): number {
  const [letterA, letterB] = [contactLetter(a), contactLetter(b)];
  if (letterA !== letterB) {
    return (
      rank(letterA) - rank(letterB) || collator.compare(letterA, letterB) || (letterA < letterB ? -1 : 1)
    );
  }
  return collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
}

/** A sorted list with some contacts taken out and others put in: cheaper than sorting thousands again. */
export function withChanges(
  sorted: readonly Contact[],
  changed: ReadonlySet<string>,
  saved: readonly Contact[],
): readonly Contact[] {
  const next = sorted.filter(({ id }) => !changed.has(id));
  for (const contact of saved) {
    let low = 0;
    let high = next.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = next[middle];
      if (there !== undefined && compareContacts(there, contact) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    next.splice(low, 0, contact);
  }
  return next;
}
