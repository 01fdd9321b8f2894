import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nodeSuites, type CountedNode } from '#tests/support/nodeSuite.ts';
import { allow, friendOf, NodeTime, show, someone, told, watch } from '#tests/support/presence.ts';

describe.each(nodeSuites())('what presence costs $name', ({ name, setUp, tearDown, start, redis }) => {
  let east: CountedNode;
  let west: CountedNode;
  const more: CountedNode[] = [];
  const time = new NodeTime(() => [east, west, ...more]);

  beforeAll(setUp);
  afterAll(tearDown);
  beforeEach(async () => {
    [east, west] = await Promise.all([start(), start()]);
  });
  afterEach(async () => {
    await Promise.all([east, west, ...more.splice(0)].map(async ({ server }) => server.stop()));
  });

  test('costs one question where it changes, one on each node that watches, and one frame for each watcher', async () => {
    const south = await start();
    more.push(south);
    const friend = await east.server.login();
    const watchers = await Promise.all(Array.from({ length: 6 }, async () => west.server.login()));
    const bystanders = [await west.server.login(), await south.server.login(), await east.server.login()];
    for (const watcher of watchers) {
      await allow(friend, watcher.id, 'see');
      await watch(watcher, [friend.id]);
    }
    for (const bystander of bystanders) {
      await watch(bystander, [someone()]);
    }
    await time.pass(1_000, ...watchers, ...bystanders);
    const pushesOf = (node: CountedNode): number => node.server.server.stats.presencePushes;
    const before = [east, west, south].map(pushesOf);
    for (const { reset } of [east, west, south]) {
      reset();
    }
    await show(friend, 'online');
    await Promise.all(watchers.map(async (watcher) => watcher.next('presence')));
    for (const node of [east, west, south]) {
      await node.server.clock.flush();
    }
    expect(east.calls).toEqual(
      new Map([
        ['show', 1],
        ['publish', 1],
      ]),
    );
    expect(west.calls).toEqual(new Map([['watch', 1]]));
    expect(south.calls).toEqual(new Map());
    expect([east, west, south].map((node, index) => pushesOf(node) - (before[index] ?? 0))).toEqual([
      0, 6, 0,
    ]);
  });

  test('is let go of once nobody has watched for a while', async () => {
    const watcher = await east.server.login();
    const friend = await friendOf(watcher.id, west);
    await watch(watcher, [friend.id]);
    await time.settle(watcher);
    expect(east.server.server.stats.watches).toBe(1);
    await watcher.close();
    await time.pass(61_000);
    expect(east.server.server.stats.watches).toBe(0);
    expect(east.calls.get('unwatch')).toBe(1);
    west.reset();
    await show(friend, 'online');
    await time.pass(1_000);
    expect(west.calls.get('publish')).toBeUndefined();
  });

  // In memory there is no node that dies alone.
  if (name === 'over Redis') {
    test('is learnt late, and not never, where a node died without a word', async () => {
      const server = redis();
      if (server === undefined) {
        throw new Error('no Redis to look into');
      }
      const watcher = await east.server.login();
      const friend = await friendOf(watcher.id, west);
      await watch(watcher, [friend.id]);
      await show(friend, 'online');
      await time.pass(1_000, watcher);
      told(watcher);
      const client = createClient({ url: server.url });
      await client.connect();
      await client.del(`peerline:at:{${friend.id}}`);
      client.destroy();
      await time.pass(61_000, watcher);
      expect(told(watcher)).toEqual([[friend.id, 'offline']]);
    });
  }

  test('that is set or watched in a flood ends the socket like any other flood', async () => {
    const client = await east.server.login();
    for (let count = 0; count < 500; count++) {
      client.send({ type: 'presence.set', ref: `${count}`, state: count % 2 === 0 ? 'online' : 'inCall' });
    }
    expect((await client.closed).code).toBe(4429);
    expect(east.calls.get('show') ?? 0).toBeLessThanOrEqual(2);
  });

  test('looks at the ids that many begin to watch in turns, so that nobody waits for all of another', async () => {
    const [greedy, modest] = [await east.server.login(), await east.server.login()];
    const friend = await friendOf(modest.id, west);
    await show(friend, 'online');
    await time.settle(modest);
    for (let part = 0; part < 3; part++) {
      await watch(greedy, Array.from({ length: 1_000 }, someone), part === 0);
    }
    await time.settle(greedy);
    east.reset();
    await watch(modest, [someone(), someone(), friend.id]);
    await time.pass(200, modest);
    expect(told(modest)).toEqual([[friend.id, 'online']]);
    expect(east.calls.get('watch')).toBeLessThanOrEqual(1_000);
  });

  test('that asks for many ids at once counts as several messages', async () => {
    const full = await start();
    more.push(full);
    const client = await full.server.login();
    const ids = Array.from({ length: 900 }, someone);
    let refused = 0;
    for (let count = 0; count < 60 && refused === 0; count++) {
      refused += (await watch(client, ids)) === 'rateLimited' ? 1 : 0;
    }
    expect(refused).toBe(1);
  });
});
