import { describe, expect, it } from 'vitest';
import { peerIdSchema } from '#shared/identity/peerId.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { bookChanges, bookOf, type BookFacts } from './book.ts';

const [friend, colleague, pest, stranger] = await Promise.all(
  Array.from({ length: 4 }, async () => peerIdSchema.parse((await makeIdentity()).id)),
);
if (friend === undefined || colleague === undefined || pest === undefined || stranger === undefined) {
  throw new Error('nobody');
}
const contacts = [
  { id: friend, seesPresence: true },
  { id: colleague, seesPresence: false },
];
const facts = (change: Partial<BookFacts>): BookFacts => ({
  ...{ contacts, blocked: [pest], callsFrom: 'anyone', partner: undefined },
  ...change,
});

describe('bookOf', () => {
  it.each<[string, Partial<BookFacts>, string, [string, string][]]>([
    [
      'anyone may call, contacts who may see do',
      {},
      'call',
      [
        [friend, 'see'],
        [pest, 'nothing'],
      ],
    ],
    [
      'only contacts may call',
      { callsFrom: 'contacts' },
      'nothing',
      [
        [friend, 'see'],
        [colleague, 'call'],
      ],
    ],
    [
      'a blocked contact may do nothing',
      { blocked: [friend, pest] },
      'call',
      [
        [friend, 'nothing'],
        [pest, 'nothing'],
      ],
    ],
    [
      'whom the person calls may answer',
      { callsFrom: 'contacts', contacts: [], partner: stranger },
      'nothing',
      [[stranger, 'call']],
    ],
    ['whom the person calls may answer, blocked or not', { contacts: [], partner: pest }, 'call', []],
    ['a call takes nothing away from a contact', { partner: friend, blocked: [] }, 'call', [[friend, 'see']]],
  ])('%s', (_, change, others, entries) => {
    const book = bookOf(facts(change));
    expect(book.others).toBe(others);
    expect([...book.entries]).toEqual(entries);
  });
});

describe('bookChanges', () => {
  it('names what was added, what changed and, first, what is gone', () => {
    const before = bookOf(facts({})).entries;
    const after = bookOf(
      facts({ contacts: [{ id: stranger, seesPresence: true }], blocked: [friend] }),
    ).entries;
    expect(bookChanges(before, after)).toEqual([
      { id: pest, may: null },
      { id: stranger, may: 'see' },
      { id: friend, may: 'nothing' },
    ]);
  });

  it('is nothing between equal books', () => {
    expect(bookChanges(bookOf(facts({})).entries, bookOf(facts({})).entries)).toEqual([]);
  });
});
