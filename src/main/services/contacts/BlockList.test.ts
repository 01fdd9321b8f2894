import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { openTestDatabase } from '#tests/support/main/openTestDatabase.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { BlockList } from './BlockList.ts';

const newId = (): PeerId => peerIdFromDigest(randomBytes(32));
const self = newId();

async function makeList() {
  const folder = await tempFolder();
  const time = { now: 1_000 };
  const open = () => {
    const database = openTestDatabase(folder);
    const list = new BlockList({ self, database, now: () => time.now, logger: testLogger().logger });
    list.start();
    const events: unknown[] = [];
    const made: unknown[] = [];
    list.on('changed', (ids) => events.push(ids));
    list.on('made', (change) => made.push(change));
    return { list, database, events, made };
  };
  return { open, time };
}

describe('blocking', () => {
  it('is remembered over a restart, the last one first', async () => {
    const { open, time } = await makeList();
    const first = open();
    const [a, b] = [newId(), newId()];
    first.list.set(a, true);
    time.now = 2_000;
    first.list.set(b, true);
    first.list.set(b, true);
    expect(first.events).toEqual([[a], [b, a]]);
    first.database.close();
    const next = open();
    expect(next.list.list()).toEqual([b, a]);
    next.list.set(a, false);
    expect(next.list.has(a)).toBe(false);
    expect(next.list.has(b)).toBe(true);
  });

  it('does not reach oneself', async () => {
    const { open } = await makeList();
    const { list } = open();
    expect(list.set(self, true)).toMatchObject({ error: { code: 'PEER_IS_SELF' } });
    list.merge([{ id: self, blocked: true, at: 5_000 }]);
    expect(list.has(self)).toBe(false);
  });

  it('is bounded, for what other computers bring too', async () => {
    const { open } = await makeList();
    const { list } = open();
    const many = Array.from({ length: contactBounds.blocked + 5 }, (_, at) => ({
      id: newId(),
      blocked: true,
      at,
    }));
    list.merge(many);
    expect(list.list()).toHaveLength(contactBounds.blocked);
    expect(list.set(newId(), true)).toMatchObject({ error: { code: 'BLOCKED_LIMIT' } });
    const [last = self] = list.list();
    expect(list.set(last, false)).toMatchObject({ ok: true });
    expect(list.set(newId(), true)).toMatchObject({ ok: true });
  });

  it('remembers no more lifted blocks than there can be blocks', async () => {
    const { open } = await makeList();
    const { list } = open();
    const many = Array.from({ length: contactBounds.blocked + 5 }, (_, at) => ({
      id: newId(),
      blocked: false,
      at,
    }));
    list.merge(many);
    expect(list.changes()).toHaveLength(contactBounds.blocked);
    expect(list.changes().some(({ at }) => at < 5)).toBe(false);
  });

  it('holds on when the disk is gone', async () => {
    const { open } = await makeList();
    const { list, database } = open();
    const id = newId();
    list.set(id, true);
    database.close();
    expect(list.has(id)).toBe(true);
    expect(list.set(id, false)).toMatchObject({ error: { code: 'STORAGE_FAILED' } });
    expect(list.has(id)).toBe(true);
  });
});

describe('the block lists of two computers', () => {
  it('agree on the later of two changes, whichever is heard first', async () => {
    const [here, there] = [await makeList(), await makeList()];
    const [one, other] = [here.open(), there.open()];
    const id = newId();
    one.list.set(id, true);
    there.time.now = 2_000;
    other.list.merge(one.list.changes());
    other.list.set(id, false);
    const [blocked] = one.list.changes();
    one.list.merge(other.list.changes());
    expect(one.list.has(id)).toBe(false);
    one.list.merge(blocked === undefined ? [] : [blocked]);
    expect(one.list.has(id)).toBe(false);
  });

  it('let a block of a clock that is ahead be lifted by one that is not', async () => {
    const [ahead, behind] = [await makeList(), await makeList()];
    ahead.time.now = 1_000_000;
    const [one, other] = [ahead.open(), behind.open()];
    const id = newId();
    one.list.set(id, true);
    other.list.merge(one.list.changes());
    other.list.set(id, false);
    one.list.merge(other.list.changes());
    expect([one.list.has(id), other.list.has(id)]).toEqual([false, false]);
  });

  it('tell each other what the person did, not what they heard', async () => {
    const { open } = await makeList();
    const { list, made, events } = open();
    const id = newId();
    list.merge([{ id, blocked: true, at: 5 }]);
    expect([made, events]).toEqual([[], [[id]]]);
    list.set(id, false);
    expect(made).toEqual([{ id, blocked: false, at: 1_000 }]);
  });
});

describe('calls of the time of a block', () => {
  it('are known as such once it is lifted, by the clock of this computer', async () => {
    const { open, time } = await makeList();
    const { list } = open();
    const id = newId();
    list.set(id, true);
    expect(list.wasBlocked(id, 1_500)).toBe(true);
    time.now = 2_000;
    list.merge([{ id, blocked: false, at: 900_000 }]);
    expect([list.wasBlocked(id, 1_500), list.wasBlocked(id, 2_001), list.wasBlocked(newId(), 1)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
