import { ok } from '#shared/result.ts';
import type { BlockList } from '../services/contacts/BlockList.ts';
import type { ContactBook } from '../services/contacts/ContactBook.ts';
import type { CommandHandlers } from '../shell/ipcHost.ts';

export function createContactsHandlers(parts: {
  readonly book: ContactBook;
  readonly blocks: BlockList;
}): Pick<
  CommandHandlers,
  | 'contactsList'
  | 'contactSave'
  | 'contactRemove'
  | 'contactRestore'
  | 'contactPicture'
  | 'contactsImport'
  | 'blockedList'
  | 'blockedSet'
> {
  const { book, blocks } = parts;
  return {
    contactsList: () => book.list(),
    contactSave: (contact) => book.save(contact),
    contactRemove: ({ id }) => book.remove(id),
    contactRestore: ({ id }) => book.restore(id),
    contactPicture: ({ id }) => book.picture(id),
    contactsImport: ({ contacts }) => book.import(contacts),
    blockedList: () => ok(blocks.list()),
    blockedSet: ({ id, blocked }) => blocks.set(id, blocked),
  };
}
