import type { PeerId } from '#shared/identity/peerId.ts';
import { contactBounds, type Contact } from '#shared/people/contacts.ts';
import { cleanLine, cleanLines } from '#shared/people/text.ts';

/** What somebody types about a contact, as typed. */
export interface ContactFields {
  readonly name: string;
  readonly note: string;
  readonly favourite: boolean;
  readonly seesPresence: boolean;
  /** A data URL; null: none; undefined: as it was. */
  readonly picture: string | null | undefined;
}

export const emptyFields: ContactFields = {
  name: '',
  note: '',
  favourite: false,
  seesPresence: true,
  picture: undefined,
};

export const fieldsOf = ({ name, note, favourite, seesPresence }: Contact): ContactFields => ({
  name,
  note,
  favourite,
  seesPresence,
  picture: undefined,
});

/** What is kept of a text that is too long, or that holds what is not kept; null: all of it. */
export function keptOf(typed: string, field: 'name' | 'note'): string | null {
  const kept =
    field === 'name' ? cleanLine(typed, contactBounds.name) : cleanLines(typed, contactBounds.note);
  const plain = field === 'name' ? typed.replace(/\s+/gu, ' ').trim() : typed.replace(/\r\n?/g, '\n').trim();
  return kept === plain ? null : kept;
}

/** The longest text that may be sent at all; far more than is kept. */
const longestSent = 100_000;

/** What goes to main, which cleans the texts by the same rules. */
export const draftOf = (id: PeerId, { picture, ...fields }: ContactFields) => ({
  id,
  ...fields,
  name: fields.name.slice(0, longestSent),
  note: fields.note.slice(0, longestSent),
  ...(picture === undefined ? {} : { picture }),
});
