import { setImmediate } from 'node:timers/promises';
import { contactBounds, type Contact } from '#shared/people/contacts.ts';
import { ok, type Result } from '#shared/result.ts';
import type { BlockList } from '../contacts/BlockList.ts';
import type { ContactBook } from '../contacts/ContactBook.ts';
import type { BackupContact } from './backupFormat.ts';
import type { PeopleKeeper } from './IdentityMover.ts';

type Book = Pick<ContactBook, 'list' | 'picture' | 'import'>;
type Blocks = Pick<BlockList, 'list' | 'restore'>;

/** Pictures read between two turns of the event loop. */
const picturesAtOnce = 50;

/** Reads the address book for a backup, and merges one into it, without holding main up for long. */
export const bookKeeper = ({
  book,
  blocks,
}: {
  readonly book: Book;
  readonly blocks: Blocks;
}): PeopleKeeper => ({
  async people() {
    const contacts = book.list();
    if (!contacts.ok) {
      return contacts;
    }
    const kept: BackupContact[] = [];
    for (const contact of contacts.value) {
      const read = readContact(book, contact);
      if (!read.ok) {
        return read;
      }
      kept.push(read.value);
      if (kept.length % picturesAtOnce === 0) {
        await setImmediate();
      }
    }
    return ok({ contacts: kept, blocked: blocks.list() });
  },

  async merge({ contacts, blocked }) {
    for (let from = 0; from < contacts.length; from += contactBounds.importBatch) {
      const merged = book.import(contacts.slice(from, from + contactBounds.importBatch));
      if (!merged.ok) {
        return merged;
      }
      await setImmediate();
    }
    return blocks.restore(blocked);
  },
});

function readContact(
  book: Book,
  { id, name, note, favourite, seesPresence, picture }: Contact,
): Result<BackupContact> {
  const url = picture === null ? ok(null) : book.picture(id);
  if (!url.ok) {
    return url;
  }
  const contact = { id, name, note, favourite, seesPresence };
  return ok(url.value === null ? contact : { ...contact, picture: url.value });
}
