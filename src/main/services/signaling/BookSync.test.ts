import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#shared/errors.ts';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import type { SessionRequest } from '#shared/protocol/messages.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { FakeClient } from '#tests/support/main/FakeClient.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import type { BookFacts } from './book.ts';
import { BookSync } from './BookSync.ts';

type Put = Omit<SessionRequest<'book.put'>, 'type' | 'ref'>;
type Change = Omit<SessionRequest<'book.change'>, 'type' | 'ref'>;

const idOf = (number: number): PeerId => {
  const digest = new Uint8Array(32);
  new DataView(digest.buffer).setUint32(0, number);
  return peerIdFromDigest(digest);
};

const people = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ id: idOf(number), seesPresence: true }));

function setUp() {
  const clock = new FakeClock();
  const client = new FakeClient({ now: () => clock.now() });
  const said: (Put | Change)[] = [];
  const book: { facts: BookFacts; answers: (ErrorCode | 'lost')[] } = {
    facts: { contacts: people(2), blocked: [], callsFrom: 'anyone', partner: undefined },
    answers: [],
  };
  const answer = async (request: Put | Change): Promise<Result<null>> => {
    said.push(request);
    const code = book.answers.shift();
    if (code === 'lost') {
      client.goOffline();
    }
    await clock.flush();
    return code === undefined ? ok(null) : fail(code === 'lost' ? 'SIGNALING_OFFLINE' : code, '');
  };
  const sync = new BookSync({
    client,
    requests: { putBook: answer, changeBook: answer },
    facts: () => book.facts,
    clock,
    logger: testLogger().logger,
  });
  const puts = () => said.filter((request): request is Put => 'first' in request);
  const changes = () => said.filter((request): request is Change => !('first' in request));
  const contacts = async (list: BookFacts['contacts']): Promise<void> => {
    book.facts = { ...book.facts, contacts: list };
    await sync.changed();
  };
  const online = async (resumed = false): Promise<void> => {
    client.goOnline(resumed);
    await clock.advance(100);
  };
  return { clock, client, book, sync, said, puts, changes, contacts, online };
}

describe('BookSync', () => {
  it('puts the whole book when a session begins, and only what changes after that', async () => {
    const { puts, changes, contacts, online } = setUp();
    await online();
    expect(puts()).toEqual([
      {
        ...{ first: true, last: true, others: 'call' },
        entries: [
          { id: idOf(0), may: 'see' },
          { id: idOf(1), may: 'see' },
        ],
      },
    ]);
    await contacts(people(3).slice(1));
    expect(changes()).toEqual([
      {
        entries: [
          { id: idOf(0), may: null },
          { id: idOf(2), may: 'see' },
        ],
      },
    ]);
    expect(puts()).toHaveLength(1);
  });

  it('puts a large book in parts of a thousand', async () => {
    const { puts, contacts, online } = setUp();
    await contacts(people(2_500));
    await online();
    expect(puts().map(({ first, last, entries }) => [first, last, entries.length])).toEqual([
      [true, false, 1_000],
      [false, false, 1_000],
      [false, true, 500],
    ]);
  });

  it('puts an empty book too: the server may have an older one', async () => {
    const { puts, contacts, online } = setUp();
    await contacts([]);
    await online();
    expect(puts()).toEqual([{ first: true, last: true, others: 'call', entries: [] }]);
  });

  it('puts it anew when the right of all others changes', async () => {
    const { book, sync, puts, online } = setUp();
    await online();
    book.facts = { ...book.facts, callsFrom: 'contacts' };
    await sync.changed();
    expect(puts().map(({ others }) => others)).toEqual(['call', 'nothing']);
  });

  it('says nothing when nothing changed, nor in a session that goes on', async () => {
    const { client, sync, said, online } = setUp();
    await online();
    await sync.changed();
    client.goOffline();
    await online(true);
    expect(said).toHaveLength(1);
  });

  it('tells what changed while the connection was away', async () => {
    const { client, said, changes, contacts, online } = setUp();
    await online();
    client.goOffline();
    await contacts(people(1));
    expect(said).toHaveLength(1);
    await online(true);
    expect(changes()).toEqual([{ entries: [{ id: idOf(1), may: null }] }]);
  });

  it('begins anew when the connection broke in the middle, also in a session that goes on', async () => {
    const { book, puts, contacts, online } = setUp();
    await contacts(people(1_500));
    book.answers = ['lost'];
    await online();
    expect(puts()).toHaveLength(1);
    await online(true);
    expect(puts().map(({ first, last }) => [first, last])).toEqual([
      [true, false],
      [true, false],
      [false, true],
    ]);
  });

  it('tries again later and later when the server refuses, and at once when something changes', async () => {
    const { clock, book, said, contacts, online } = setUp();
    book.answers = ['SIGNALING_RATE_LIMITED', 'SIGNALING_RATE_LIMITED', 'SIGNALING_RATE_LIMITED'];
    await online();
    await clock.advance(5_000);
    expect(said).toHaveLength(2);
    await clock.advance(9_000);
    expect(said).toHaveLength(2);
    await contacts(people(1));
    expect(said).toHaveLength(3);
    await clock.advance(20_000);
    expect(said).toHaveLength(4);
  });

  it('leaves no timer and no listener behind', async () => {
    const { clock, client, book, sync, online } = setUp();
    book.answers = ['SIGNALING_RATE_LIMITED'];
    await online();
    sync.close();
    expect([clock.pendingTimers, client.listeners]).toEqual([0, 0]);
  });
});
