import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { RecentCall } from '#shared/ipc/contract.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { RecentCalls, recentLimit } from './RecentCalls.ts';

const call = (id: PeerId, at: number): RecentCall => ({
  id,
  direction: 'outgoing',
  video: true,
  end: null,
  at,
  seconds: 0,
});

async function makeRecents() {
  const path = join(await tempFolder(), 'recents.json');
  return { path, open: () => new RecentCalls({ path, now: () => 0, logger: testLogger().logger }) };
}

const newId = async (): Promise<PeerId> => (await makeIdentity()).id;

describe('RecentCalls', () => {
  it('shows the newest first and each peer once, also after a restart', async () => {
    const { open } = await makeRecents();
    const [a, b] = [await newId(), await newId()];
    const recents = open();
    await recents.record(call(a, 1));
    await recents.record(call(b, 2));
    await recents.record({ ...call(a, 3), end: 'hungUp', seconds: 9 });
    const next = open();
    await next.load();
    expect(next.list.map(({ id, at }) => [id, at])).toEqual([
      [a, 3],
      [b, 2],
    ]);
    expect(next.list).toEqual(recents.list);
  });

  it('keeps the peers of the person when a crowd of strangers calls and hangs up', async () => {
    const { open } = await makeRecents();
    const recents = open();
    const friends = await Promise.all(Array.from({ length: 10 }, newId));
    for (const [at, friend] of friends.entries()) {
      await recents.record(call(friend, at));
    }
    for (let at = 100; at < 100 + 3 * recentLimit; at++) {
      await recents.record({ ...call(await newId(), at), direction: 'incoming', end: 'missed' });
    }
    expect(recents.list).toHaveLength(recentLimit);
    expect(recents.list.slice(-friends.length).map(({ id }) => id)).toEqual(friends.toReversed());
    expect(recents.list[0]?.at).toBe(99 + 3 * recentLimit);
  });

  it('keeps a bounded number', async () => {
    const { open } = await makeRecents();
    const recents = open();
    for (let at = 0; at < recentLimit + 3; at++) {
      await recents.record(call(await newId(), at));
    }
    expect(recents.list).toHaveLength(recentLimit);
    expect(recents.list.at(-1)?.at).toBe(3);
  });

  it('forgets a peer on request and tells about it', async () => {
    const { open } = await makeRecents();
    const id = await newId();
    const recents = open();
    await recents.record(call(id, 1));
    const seen: number[] = [];
    recents.onChanged((calls) => seen.push(calls.length));
    await recents.remove(id);
    expect(seen).toEqual([0]);
  });

  it('starts empty with a notice when its file is broken', async () => {
    const { path, open } = await makeRecents();
    await writeFile(path, '[{"id": "nonsense"}]');
    const recents = open();
    expect(await recents.load()).toMatchObject({ code: 'STORAGE_BROKEN' });
    expect(recents.list).toEqual([]);
  });
});
