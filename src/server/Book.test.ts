import fc from 'fast-check';
import { expect, test } from 'vitest';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import { bookRights, type BookRight } from '#shared/protocol/messages.ts';
import { Book } from './Book.ts';

/** Few enough that they collide, and with long common beginnings. */
const ids = Array.from({ length: 24 }, (_, index) => {
  const digest = new Uint8Array(32).fill(index % 3);
  digest[14] = (index >> 1) * 8;
  digest[4] = (index % 5) * 50;
  return peerIdFromDigest(digest);
});
const anyId = fc.constantFrom(...ids);
const anyRight = fc.constantFrom(...bookRights);
const anyOthers = fc.constantFrom('call', 'nothing');
const anyEntries = fc.array(fc.record({ id: anyId, may: anyRight }), { maxLength: 40 });
const anyChanges = fc.array(fc.record({ id: anyId, may: fc.option(anyRight) }), { maxLength: 20 });

const asMap = (book: Book): Map<PeerId, BookRight> =>
  new Map([...book.entries()].map(({ id, may }) => [id, may]));

test('a book is a map of what it was given, whatever the changes', () => {
  fc.assert(
    fc.property(anyOthers, anyEntries, fc.array(anyChanges, { maxLength: 4 }), (others, entries, rounds) => {
      const expected = new Map(entries.map(({ id, may }) => [id, may]));
      let book = Book.of(others, entries);
      for (const changes of rounds) {
        book = book.with(changes);
        for (const { id, may } of changes) {
          if (may === null) {
            expected.delete(id);
          } else {
            expected.set(id, may);
          }
        }
      }
      expect(asMap(book)).toEqual(expected);
      expect(book.size).toBe(expected.size);
      expect(book.others).toBe(others);
      for (const id of ids) {
        expect(book.right(id)).toBe(expected.get(id));
        expect(book.admits(id)).toBe((expected.get(id) ?? others) !== 'nothing');
        expect(book.shows(id)).toBe(expected.get(id) === 'see');
      }
    }),
  );
});

test('two books are equal exactly when they say the same', () => {
  fc.assert(
    fc.property(anyOthers, anyEntries, anyChanges, (others, entries, changes) => {
      const book = Book.of(others, entries);
      expect(book.says(Book.of(others, [...book.entries()].reverse()))).toBe(true);
      const changed = book.with(changes);
      expect(book.says(changed)).toBe(
        JSON.stringify([...asMap(book)]) === JSON.stringify([...asMap(changed)]),
      );
      expect(book.says(book.with([], others === 'call' ? 'nothing' : 'call'))).toBe(false);
    }),
  );
});

test('who never brought a book admits everybody and shows itself to nobody', () => {
  for (const id of ids) {
    expect([Book.empty.admits(id), Book.empty.shows(id)]).toEqual([true, false]);
  }
});
