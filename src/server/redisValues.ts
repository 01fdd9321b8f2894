import { z } from 'zod';
import { peerIdSchema, type PeerId } from '#shared/identity/peerId.ts';
import type { BookEntry, BookRight, PresenceState } from '#shared/protocol/messages.ts';
import { Book, type BookChange } from './Book.ts';

/** How Redis keeps rights and states: one letter each, as the scripts know them. */
const rightLetters = { see: 's', call: 'c', nothing: 'n' } as const satisfies Record<BookRight, string>;
const stateLetters = {
  online: 'o',
  inCall: 'i',
  doNotDisturb: 'd',
  offline: '',
} as const satisfies Record<PresenceState, string>;

/** The field of a book that speaks for all ids that have none. */
const othersField = '*';

const lettersOf = <T extends string>(letters: Readonly<Record<T, string>>): ReadonlyMap<string, T> =>
  new Map(Object.entries<string>(letters).map(([value, letter]) => [letter, value as T]));
const rights = lettersOf(rightLetters);
const states = lettersOf(stateLetters);

export const stateLetter = (state: PresenceState): string => stateLetters[state];

/** Replies of Redis. */
export const replySchemas = {
  place: z.tuple([z.string(), z.string()]).nullable(),
  nodes: z.array(z.string()),
  number: z.number(),
  states: z.array(
    z.string().transform((letter, context) => {
      const state = states.get(letter);
      if (state === undefined) {
        context.addIssue('not a state');
      }
      return state ?? z.NEVER;
    }),
  ),
};

/** Nothing for the book of a device that never brought one. */
export function bookFields(book: Book): string[] {
  if (book.says(Book.empty)) {
    return [];
  }
  const fields: string[] = [othersField, rightLetters[book.others]];
  for (const { id, may } of book.entries()) {
    fields.push(id, rightLetters[may]);
  }
  return fields;
}

export const changeFields = (changes: readonly BookChange[]): string[] =>
  changes.flatMap(({ id, may }) => [id, may === null ? '' : rightLetters[may]]);

/** What `bookFields` wrote; fields that it cannot have written are left out. */
export function bookFromFields(fields: Readonly<Record<string, string>>): Book {
  const entries: BookEntry[] = [];
  for (const [field, letter] of Object.entries(fields)) {
    const may = rights.get(letter);
    if (may !== undefined && peerIdSchema.safeParse(field).success) {
      entries.push({ id: field as PeerId, may });
    }
  }
  return Book.of(fields[othersField] === rightLetters.nothing ? 'nothing' : 'call', entries);
}
