import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nodeSuites, type CountedNode } from '#tests/support/nodeSuite.ts';
import { friendOf, NodeTime, resumption, show, someone, told, watch } from '#tests/support/presence.ts';
import type { ProtocolClient } from '#tests/support/protocolClient.ts';

const watchedIds = 20;

describe.each(nodeSuites())('whose presence a session watches, $name', ({ setUp, tearDown, start }) => {
  let east: CountedNode;
  let west: CountedNode;
  const time = new NodeTime(() => [east, west]);

  beforeAll(setUp);
  afterAll(tearDown);
  beforeEach(async () => {
    [east, west] = await Promise.all([start({ watchedIds }), start({ watchedIds })]);
  });
  afterEach(async () => {
    await Promise.all([east, west].map(async ({ server }) => server.stop()));
  });

  test('is those of the last list, once that replaces another', async () => {
    const watcher = await east.server.login();
    const friends = [];
    for (const node of [east, west, east]) {
      friends.push(await friendOf(watcher.id, node));
    }
    const [first, second, third] = friends as [ProtocolClient, ProtocolClient, ProtocolClient];
    await watch(watcher, [first.id]);
    await watch(watcher, [second.id], false);
    await time.settle(watcher);
    for (const friend of friends) {
      await show(friend, 'online');
    }
    await time.pass(1_000, watcher);
    expect(new Set(told(watcher).map(([id]) => id))).toEqual(new Set([first.id, second.id]));
    await watch(watcher, [second.id, third.id]);
    await time.settle(watcher);
    // Watching begins anew, for the one that was watched before too.
    expect(new Set(told(watcher).map(([id]) => id))).toEqual(new Set([second.id, third.id]));
    for (const friend of friends) {
      await show(friend, 'inCall');
    }
    await time.pass(1_000, watcher);
    expect(new Set(told(watcher).map(([id]) => id))).toEqual(new Set([second.id, third.id]));
    await watch(watcher, []);
    for (const friend of friends) {
      await show(friend, 'online');
    }
    await time.pass(1_000, watcher);
    expect(told(watcher)).toEqual([]);
  });

  test('is so many ids only; what would be more changes nothing', async () => {
    const watcher = await east.server.login();
    const friend = await friendOf(watcher.id, west);
    const ids = Array.from({ length: watchedIds - 1 }, someone);
    expect(await watch(watcher, [friend.id])).toBe('done');
    expect(await watch(watcher, ids, false)).toBe('done');
    expect(await watch(watcher, ids, false)).toBe('done');
    expect(await watch(watcher, [someone()], false)).toBe('tooMany');
    expect(await watch(watcher, [someone(), friend.id, ...ids])).toBe('tooMany');
    await show(friend, 'online');
    expect(await watcher.next('presence')).toMatchObject({ id: friend.id });
  });

  test('stays the same in a resumed session, which is told what it missed', async () => {
    const watcher = await east.server.login();
    const [stays, goes, never] = [
      await friendOf(watcher.id, west),
      await friendOf(watcher.id, east),
      await friendOf(watcher.id, west),
    ];
    await show(goes, 'online');
    await watch(watcher, [stays.id, goes.id, never.id]);
    await watcher.next('presence');
    await watcher.drop();
    await time.pass(1_000);
    await show(stays, 'inCall');
    await show(goes, 'offline');
    await time.pass(1_000);
    for (const node of [east, west, east]) {
      const resumed = await node.server.login(resumption(watcher));
      expect(resumed.ready.resumed).toBe(true);
      await time.pass(1_000, resumed);
      const news = new Map(told(resumed));
      expect(news).toEqual(
        new Map([
          [stays.id, 'inCall'],
          [goes.id, 'offline'],
        ]),
      );
      await resumed.drop();
      await time.pass(1_000);
    }
    const resumed = await east.server.login(resumption(watcher));
    await time.pass(1_000, resumed);
    told(resumed);
    await show(never, 'online');
    expect(await resumed.next('presence')).toMatchObject({ id: never.id, state: 'online' });
  });

  test('is nobody in a new session', async () => {
    const watcher = await east.server.login();
    const friend = await friendOf(watcher.id, west);
    await watch(watcher, [friend.id]);
    const { identity, deviceId } = watcher;
    const again = await east.server.login({ identity, deviceId });
    await show(friend, 'online');
    await time.pass(1_000, again);
    expect(told(again)).toEqual([]);
  });
});
