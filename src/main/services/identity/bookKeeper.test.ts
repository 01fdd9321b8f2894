import { describe, expect, it } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { BlockChange } from '#shared/people/blocks.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { openTestDatabase } from '#tests/support/main/openTestDatabase.ts';
import { dataUrl, jpegPicture } from '#tests/support/main/samplePictures.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { BlockList } from '../contacts/BlockList.ts';
import { ContactBook } from '../contacts/ContactBook.ts';
import { bookKeeper } from './bookKeeper.ts';

/** Wall clock of the computers, milliseconds since the epoch. */
const now = 1_700_000_000_000;

async function makeBook() {
  const options = {
    self: personId(0),
    database: openTestDatabase(await tempFolder()),
    now: () => now,
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

describe('the blocked ids of a backup', () => {
  const [stranger, pest] = [personId(1), personId(2)];
  const restored = async (blocked: readonly PeerId[]) => {
    const computer = await makeBook();
    const made: BlockChange[] = [];
    computer.blocks.on('made', (change) => made.push(change));
    const merge = async () => bookKeeper(computer).merge({ contacts: [], blocked });
    return { ...computer, made, merge };
  };

  it('do not block again, on any computer, whom the person has let in since', async () => {
    const [old, fresh] = [await makeBook(), await restored([stranger, pest])];
    old.blocks.set(stranger, true);
    old.blocks.set(stranger, false);
    expect(await fresh.merge()).toMatchObject({ ok: true });
    expect(fresh.blocks.list()).toEqual([stranger, pest]);
    old.blocks.merge(fresh.blocks.changes());
    fresh.blocks.merge(old.blocks.changes());
    expect([old.blocks.list(), fresh.blocks.list()]).toEqual([[pest], [pest]]);
  });

  it('do not block again whom the person has let in on this computer', async () => {
    const { blocks, merge } = await restored([stranger]);
    blocks.set(stranger, true);
    blocks.set(stranger, false);
    expect(await merge()).toMatchObject({ ok: true });
    expect(blocks.has(stranger)).toBe(false);
  });

  it('are not told to the other computers as something that the person does now', async () => {
    const { blocks, made, merge } = await restored([stranger, pest]);
    await merge();
    expect([blocks.list().length, made]).toEqual([2, []]);
  });

  it('that do not fit are refused as a whole', async () => {
    const many = Array.from({ length: contactBounds.blocked }, (_, index) => personId(index + 10));
    const { blocks, merge } = await restored(many);
    blocks.set(stranger, true);
    expect(await merge()).toMatchObject({ ok: false, error: { code: 'BLOCKED_LIMIT' } });
    expect(blocks.list()).toEqual([stranger]);
  });

  it('fit where they are blocked already, or will not be again', async () => {
    const many = Array.from({ length: contactBounds.blocked }, (_, index) => personId(index + 10));
    const { blocks, merge } = await restored([...many, stranger]);
    blocks.set(stranger, true);
    blocks.set(stranger, false);
    expect([await merge(), await merge()]).toMatchObject([{ ok: true }, { ok: true }]);
    expect(blocks.list()).toEqual(many);
  });
});
