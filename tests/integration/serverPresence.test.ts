import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PresenceState } from '#shared/protocol/messages.ts';
import { nodeSuites, type CountedNode } from '#tests/support/nodeSuite.ts';
import {
  allow,
  friendOf,
  NodeTime,
  resumption,
  show,
  someone,
  told,
  watch,
} from '#tests/support/presence.ts';
import { testIdentity } from '#tests/support/protocolClient.ts';

describe.each(nodeSuites())('presence $name', ({ setUp, tearDown, start }) => {
  let east: CountedNode;
  let west: CountedNode;
  const time = new NodeTime(() => [east, west]);

  beforeAll(setUp);
  afterAll(tearDown);
  beforeEach(async () => {
    [east, west] = await Promise.all([start(), start()]);
  });
  afterEach(async () => {
    await Promise.all([east, west].map(async ({ server }) => server.stop()));
  });

  describe.each([
    { where: 'on the same node', node: () => east },
    { where: 'on another node', node: () => west },
  ])('of somebody $where', ({ node }) => {
    test('is told at every change to whom the book lets see it', async () => {
      const watcher = await east.server.login();
      const friend = await friendOf(watcher.id, node());
      expect(await watch(watcher, [friend.id])).toBe('done');
      for (const state of ['online', 'inCall', 'doNotDisturb', 'online', 'offline'] as const) {
        expect(await show(friend, state)).toBe('done');
        expect(await watcher.next('presence')).toEqual({ type: 'presence', id: friend.id, state });
        await time.pass(1_000, watcher);
      }
      expect(told(watcher)).toEqual([]);
    });

    test('is told when watching begins, unless it is offline', async () => {
      const watcher = await east.server.login();
      const friends = [await friendOf(watcher.id, node()), await friendOf(watcher.id, node())] as const;
      await show(friends[0], 'inCall');
      await time.settle(watcher);
      watcher.send({
        type: 'presence.watch',
        ref: 'w',
        first: true,
        ids: [friends[1].id, someone(), friends[0].id],
      });
      expect(await watcher.next('presence')).toMatchObject({ id: friends[0].id, state: 'inCall' });
      await time.settle(watcher);
      expect(told(watcher)).toEqual([]);
    });

    test('is nothing until it is set', async () => {
      const watcher = await east.server.login();
      await watch(watcher, [(await friendOf(watcher.id, node())).id]);
      await time.settle(watcher);
      expect(told(watcher)).toEqual([]);
    });

    test.each(['call', 'nothing', null] as const)('is not told to whom the book gives %s', async (may) => {
      const watcher = await east.server.login();
      const other = await node().server.login();
      await allow(other, watcher.id, may);
      await watch(watcher, [other.id]);
      await show(other, 'online');
      await time.pass(1_000, watcher, other);
      await show(other, 'inCall');
      await time.pass(1_000, watcher, other);
      await other.close();
      await time.pass(1_000, watcher);
      expect(told(watcher)).toEqual([]);
    });

    test('is told when the book allows it, and taken back when it does so no more', async () => {
      const watcher = await east.server.login();
      const other = await node().server.login();
      await watch(watcher, [other.id]);
      await show(other, 'online');
      await time.pass(1_000, watcher, other);
      for (const [may, state] of [
        ['see', 'online'],
        ['call', 'offline'],
        ['see', 'online'],
        ['nothing', 'offline'],
      ] as const) {
        await allow(other, watcher.id, may);
        expect(await watcher.next('presence')).toMatchObject({ id: other.id, state });
        await time.pass(1_000, watcher, other);
      }
      await other.request({
        type: 'book.put',
        first: true,
        last: true,
        others: 'nothing',
        entries: [{ id: watcher.id, may: 'see' }],
      });
      expect(await watcher.next('presence')).toMatchObject({ state: 'online' });
      await time.pass(1_000, watcher, other);
      await other.request({ type: 'book.put', first: true, last: true, others: 'call', entries: [] });
      expect(await watcher.next('presence')).toMatchObject({ state: 'offline' });
    });

    test('is offline at once when its session ends', async () => {
      const watcher = await east.server.login();
      const friend = await friendOf(watcher.id, node());
      await watch(watcher, [friend.id]);
      await show(friend, 'online');
      await time.pass(1_000, watcher);
      await friend.close();
      await watcher.next('presence', ({ state }) => state === 'offline');
    });

    test('does not flicker when its socket drops and comes back', async () => {
      const watcher = await east.server.login();
      const friend = await friendOf(watcher.id, node());
      await watch(watcher, [friend.id]);
      await show(friend, 'online');
      await time.pass(1_000, watcher);
      told(watcher);
      await friend.drop();
      await time.pass(20_000, watcher);
      const again = await node().server.login(resumption(friend));
      expect(again.ready.resumed).toBe(true);
      await time.pass(60_000, watcher, again);
      expect(told(watcher)).toEqual([]);
      await show(again, 'inCall');
      await watcher.next('presence', ({ state }) => state === 'inCall');
    });

    test('is offline when its socket dropped and nobody resumes the session', async () => {
      const watcher = await east.server.login();
      const friend = await friendOf(watcher.id, node());
      await watch(watcher, [friend.id]);
      await show(friend, 'online');
      await time.pass(1_000, watcher);
      told(watcher);
      await friend.drop();
      await time.pass(29_000, watcher);
      expect(told(watcher)).toEqual([]);
      await time.pass(2_000, watcher);
      expect(told(watcher)).toEqual([[friend.id, 'offline']]);
    });

    test('is offline when its device begins a new session, until that shows something', async () => {
      const watcher = await east.server.login();
      const friend = await friendOf(watcher.id, node());
      await watch(watcher, [friend.id]);
      await show(friend, 'doNotDisturb');
      await time.pass(1_000, watcher);
      told(watcher);
      const { identity, deviceId } = friend;
      const again = await east.server.login({ identity, deviceId });
      await watcher.next('presence', ({ state }) => state === 'offline');
      await time.pass(1_000, watcher);
      await show(again, 'online');
      await watcher.next('presence', ({ state }) => state === 'online');
    });

    test('that changes all the time is told once a second, and last what is true', async () => {
      const watcher = await east.server.login();
      const friend = await friendOf(watcher.id, node());
      await watch(watcher, [friend.id]);
      await time.settle(watcher);
      for (let turn = 0; turn < 20; turn++) {
        await show(friend, turn % 2 === 0 ? 'online' : 'inCall');
        await time.pass(100, watcher);
      }
      await show(friend, 'doNotDisturb');
      await time.pass(2_000, watcher);
      const news = told(watcher);
      expect(news.length).toBeLessThanOrEqual(4);
      expect(news[0]).toEqual([friend.id, 'online']);
      expect(news.at(-1)).toEqual([friend.id, 'doNotDisturb']);
    });

    test('costs the same and says nothing whether an id is blocked, offline, or was never there', async () => {
      const watcher = await east.server.login();
      const refusing = await node().server.login();
      await allow(refusing, watcher.id, 'nothing');
      await show(refusing, 'online');
      const gone = await node().server.login();
      await gone.close();
      const attempts = [];
      for (const id of [refusing.id, gone.id, someone()]) {
        await time.settle(watcher);
        east.reset();
        watcher.send({ type: 'presence.watch', ref: 'w', first: false, ids: [id] });
        await time.settle(watcher);
        attempts.push({ heard: watcher.received.splice(0), calls: new Map(east.calls) });
      }
      expect(attempts[0]?.heard).toEqual([{ type: 'done', ref: 'w' }]);
      expect(attempts[1]).toEqual(attempts[0]);
      expect(attempts[2]).toEqual(attempts[0]);
    });
  });

  test('of several devices is the most of what they show: do not disturb, in a call, online', async () => {
    const watcher = await east.server.login();
    const identity = testIdentity();
    const here = await friendOf(watcher.id, east, { identity });
    const there = await friendOf(watcher.id, west, { identity });
    await watch(watcher, [identity.id]);
    const steps = [
      [here, 'online', 'online'],
      [there, 'inCall', 'inCall'],
      [here, 'doNotDisturb', 'doNotDisturb'],
      [there, 'offline', 'doNotDisturb'],
      [here, 'online', 'online'],
      [there, 'online', 'online'],
      [here, 'offline', 'online'],
    ] as const;
    let before: PresenceState = 'offline';
    for (const [device, state, together] of steps) {
      await show(device, state);
      await time.pass(1_000, watcher);
      expect(told(watcher)).toEqual(together === before ? [] : [[identity.id, together]]);
      before = together;
    }
    await here.close();
    await time.pass(1_000, watcher);
    expect(told(watcher)).toEqual([]);
    await there.close();
    await time.pass(1_000, watcher);
    expect(told(watcher)).toEqual([[identity.id, 'offline']]);
  });

  test('counts only those devices that let the watcher see them', async () => {
    const watcher = await east.server.login();
    const identity = testIdentity();
    const open = await friendOf(watcher.id, east, { identity });
    const closed = await west.server.login({ identity });
    await watch(watcher, [identity.id]);
    await show(open, 'online');
    await show(closed, 'doNotDisturb');
    await time.pass(1_000, watcher);
    expect(told(watcher)).toEqual([[identity.id, 'online']]);
  });

  test('is shown to the devices of the own id without asking the book', async () => {
    const identity = testIdentity();
    const [one, other] = [await east.server.login({ identity }), await west.server.login({ identity })];
    await watch(one, [identity.id]);
    await show(other, 'inCall');
    expect(await one.next('presence')).toMatchObject({ id: identity.id, state: 'inCall' });
  });

  test('goes along when the session of who shows it moves to another node', async () => {
    const watcher = await east.server.login();
    const friend = await friendOf(watcher.id, east);
    await watch(watcher, [friend.id]);
    await show(friend, 'inCall');
    await time.pass(1_000, watcher);
    told(watcher);
    await friend.drop();
    const again = await west.server.login(resumption(friend));
    expect(again.ready.resumed).toBe(true);
    await time.pass(120_000, watcher, again);
    expect(told(watcher)).toEqual([]);
    await show(again, 'online');
    expect(await watcher.next('presence')).toMatchObject({ state: 'online' });
  });
});
