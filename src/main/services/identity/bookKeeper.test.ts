import { describe, expect, it } from 'vitest';
import { contactBounds } from '#shared/people/contacts.ts';
import { openTestDatabase } from '#tests/support/main/openTestDatabase.ts';
import { dataUrl, jpegPicture } from '#tests/support/main/samplePictures.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { BlockList } from '../contacts/BlockList.ts';
import { ContactBook } from '../contacts/ContactBook.ts';
import { bookKeeper } from './bookKeeper.ts';

async function makeBook() {
  const options = {
    self: personId(0),
    database: openTestDatabase(await tempFolder()),
    now: () => 1_000,
    logger: testLogger().logger,
  };
  const [book, blocks] = [new ContactBook(options), new BlockList(options)];
  book.start();
  blocks.start();
  return { book, blocks };
}

const contact = (number: number, more: object = {}) => ({
  id: personId(number),
  name: `contact ${number}`,
  note: '',
  favourite: false,
  seesPresence: false,
  ...more,
});

describe('the address book of a backup', () => {
  it('is the same on the computer that it is merged into', async () => {
    const [one, other] = [await makeBook(), await makeBook()];
    one.book.save(contact(1, { note: 'two\nlines', favourite: true, seesPresence: true }));
    one.book.save(contact(2, { picture: dataUrl(jpegPicture(8, 8)) }));
    one.blocks.set(personId(3), true);
    one.blocks.set(personId(4), true);
    const people = await bookKeeper(one).people();
    expect(people.ok && people.value.contacts).toHaveLength(2);
    if (people.ok) {
      expect(await bookKeeper(other).merge(people.value)).toMatchObject({ ok: true });
    }
    expect(await bookKeeper(other).people()).toEqual(people);
    expect(other.blocks.list()).toEqual([personId(4), personId(3)]);
  });

  it('keeps who is there already', async () => {
    const [one, other] = [await makeBook(), await makeBook()];
    one.book.save(contact(1));
    other.book.save(contact(2));
    const people = await bookKeeper(one).people();
    if (people.ok) {
      await bookKeeper(other).merge(people.value);
    }
    expect([other.book.isContact(personId(1)), other.book.isContact(personId(2))]).toEqual([true, true]);
  });

  it('says so when it does not fit', async () => {
    const book = await makeBook();
    const contacts = Array.from({ length: contactBounds.contacts + 1 }, (_, index) => contact(index + 1));
    expect(await bookKeeper(book).merge({ contacts, blocked: [] })).toMatchObject({
      ok: false,
      error: { code: 'CONTACT_LIMIT' },
    });
  }, 30_000);
});
