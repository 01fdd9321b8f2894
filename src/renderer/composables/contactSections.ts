import type { Contact } from '#shared/people/contacts.ts';
import { contactLetter } from '../stores/contactOrder.ts';

/** The rows of the list and, by index, the headings above some of them. */
export interface ContactRows {
  readonly contacts: readonly Contact[];
  /** `favourites`, or the letter itself. */
  readonly headings: ReadonlyMap<number, string>;
}

/** Favourites first, then everybody else by letter. */
export function contactRows(sorted: readonly Contact[]): ContactRows {
  const favourites = sorted.filter(({ favourite }) => favourite);
  const others = sorted.filter(({ favourite }) => !favourite);
  const headings = new Map<number, string>();
  if (favourites.length > 0) {
    headings.set(0, 'favourites');
  }
  let last: string | undefined;
  others.forEach((contact, at) => {
    const letter = contactLetter(contact);
    if (letter !== last) {
      headings.set(favourites.length + at, letter);
      last = letter;
    }
  });
  return { contacts: [...favourites, ...others], headings };
}
