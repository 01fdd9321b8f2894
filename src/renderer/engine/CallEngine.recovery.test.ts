import { describe, expect, it } from 'vitest';
import { FakeClock } from '#tests/support/FakeClock.ts';
import {
  createWorld,
  peerA,
  peerB,
  relay,
  type TestPeer,
  type World,
} from '#tests/support/engine/engineWorld.ts';
import { expectReleased } from '#tests/support/engine/expectReleased.ts';
import { callTimes } from './callSteps.ts';

const offers = (...peers: TestPeer[]) =>
  peers.flatMap(({ port }) =>
    port.sent.filter(({ body }) => body.type === 'description' && body.description.type === 'offer'),
  );
const phases = (...peers: TestPeer[]) => peers.map(({ engine }) => engine.call?.phase);

async function drain({ signaling, clock }: World): Promise<void> {
  signaling.held = false;
  for (let [lane] = signaling.lanes; lane !== undefined; [lane] = signaling.lanes) {
    signaling.deliver(lane);
    await clock.flush();
  }
}

/** A call of which both sides have lost the server, until `serverBack`. */
async function withoutServer() {
  const world = createWorld();
  const { a, b } = await world.inCall();
  const show = (online: boolean): void => [a, b].forEach(({ port }) => port.setOnline(online));
  show(false);
  return { world, a, b, serverBack: () => show(true) };
}

describe('a network that changes in a call', () => {
  it('restarts ICE while the call goes on as it was', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    const shown = a.shown.length;
    a.networkChanges();
    await world.clock.advance(callTimes.networkSettle);
    expect(offers(a, b)).toHaveLength(1);
    expect(phases(a, b)).toEqual(['connected', 'connected']);
    expect(new Set(a.shown.slice(shown).map((call) => call?.phase))).toEqual(new Set(['connected']));
    expect(world.rtc.connections.map(({ signalingState }) => signalingState)).toEqual(['stable', 'stable']);
    expect(
      world.rtc.connections.map((each) => each.getSenders().every(({ track }) => track !== null)),
    ).toEqual([true, true]);
  });

  it('is one change when several interfaces come and go together', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    for (let change = 0; change < 5; change++) {
      a.networkChanges();
      await world.clock.advance(callTimes.networkSettle / 2);
    }
    await world.clock.advance(callTimes.networkSettle);
    expect(offers(a, b)).toHaveLength(1);
  });

  it('of both sides at once ends with one path', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    world.signaling.held = true;
    a.networkChanges();
    b.networkChanges();
    await world.clock.advance(callTimes.networkSettle);
    await drain(world);
    expect(world.rtc.connections.map(({ signalingState }) => signalingState)).toEqual(['stable', 'stable']);
    expect(phases(a, b)).toEqual(['connected', 'connected']);
  });

  it('is tried when signaling is back, if it went with the network', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    a.port.setOnline(false);
    a.networkChanges();
    await world.clock.advance(5_000);
    expect(offers(a)).toEqual([]);
    a.port.setOnline(true);
    await world.clock.flush();
    expect(offers(a, b)).toHaveLength(1);
    expect(phases(a, b)).toEqual(['connected', 'connected']);
  });

  it('restarts at once, not after the grace of a path that is only disconnected', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    await world.rtc.breakPath('disconnected');
    await world.clock.flush();
    world.rtc.up = true;
    b.networkChanges();
    await world.clock.advance(callTimes.networkSettle);
    expect(phases(a, b)).toEqual(['connected', 'connected']);
  });
});

describe('an interruption', () => {
  it('in the middle of a negotiation is restarted like any other', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    world.signaling.held = true;
    await world.rtc.breakPath('failed');
    await world.clock.advance(0);
    expect(world.rtc.connections.map(({ signalingState }) => signalingState)).toContain('have-local-offer');
    for (let [lane] = world.signaling.lanes; lane !== undefined; [lane] = world.signaling.lanes) {
      world.signaling.lose(lane);
    }
    world.signaling.held = false;
    world.rtc.up = true;
    await world.clock.advance(callTimes.restartAgain);
    expect(phases(a, b)).toEqual(['connected', 'connected']);
    expect(world.rtc.connections.map(({ signalingState }) => signalingState)).toEqual(['stable', 'stable']);
  });

  it('of 40 s is survived', async () => {
    const { world, a, b, serverBack } = await withoutServer();
    await world.rtc.breakPath('failed');
    await world.clock.advance(40_000);
    expect(phases(a, b)).toEqual(['reconnecting', 'reconnecting']);
    world.rtc.up = true;
    serverBack();
    await world.clock.advance(callTimes.restartAgain);
    expect(phases(a, b)).toEqual(['connected', 'connected']);
  });

  it('with a restart of the server is survived by the side that is back first', async () => {
    const { world, a, b } = await withoutServer();
    await world.rtc.breakPath('failed');
    await world.clock.advance(5_000);
    world.rtc.up = true;
    a.port.setOnline(true);
    await world.clock.advance(callTimes.peerBack - 1_000);
    expect(a.engine.call?.phase).toBe('reconnecting');
    b.port.setOnline(true);
    await world.clock.advance(callTimes.restartAgain);
    expect(phases(a, b)).toEqual(['connected', 'connected']);
  });
});

describe('a server that is gone for five minutes', () => {
  it('is not noticed by a call whose path stands', async () => {
    const { world, a, b, serverBack } = await withoutServer();
    await world.clock.advance(300_000);
    expect(phases(a, b)).toEqual(['connected', 'connected']);
    serverBack();
    await world.clock.advance(10_000);
    expect(phases(a, b)).toEqual(['connected', 'connected']);
    expect(offers(a, b)).toEqual([]);
  });

  it('ends a call whose path breaks meanwhile, a minute later and with a reason', async () => {
    const { world, a, b } = await withoutServer();
    await world.clock.advance(120_000);
    await world.rtc.breakPath('failed');
    await world.clock.advance(callTimes.giveUp - 1);
    expect(phases(a, b)).toEqual(['reconnecting', 'reconnecting']);
    await world.clock.advance(1);
    expect([a.reason(), b.reason()]).toEqual(['connectionLost', 'connectionLost']);
    expectReleased(world, a, b);
  });
});

describe('a computer that sleeps in a call', () => {
  /** Nothing happens at `a` while the clock of the others goes on. */
  async function asleep(ms: number, options: { readonly kept: boolean }) {
    const world = createWorld();
    const own = new FakeClock();
    const a = world.peer(peerA, { clock: own });
    const b = world.peer(peerB);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    a.port.online = false;
    // For a while the server keeps what comes for a device that is away.
    b.port.stores = options.kept;
    world.rtc.connections[1]?.setState('disconnected');
    world.rtc.up = false;
    await world.clock.advance(ms);
    own.jumpWall(ms);
    const wake = async (): Promise<void> => {
      world.rtc.up = true;
      a.port.setOnline(false);
      a.networkChanges();
      a.port.setOnline(true);
      await own.advance(callTimes.networkSettle);
      await world.clock.advance(callTimes.restartAgain);
    };
    return { world, own, a, b, wake };
  }

  it('for 20 s goes on with it', async () => {
    const { a, b, wake } = await asleep(20_000, { kept: true });
    expect(phases(a, b)).toEqual(['connected', 'reconnecting']);
    await wake();
    expect(phases(a, b)).toEqual(['connected', 'connected']);
  });

  it.each([
    ['connectionLost', true],
    ['peerLeft', false],
  ])('for ten minutes learns at once that the other side has given up (%s)', async (reason, kept) => {
    const { world, own, a, b, wake } = await asleep(600_000, { kept });
    expect(b.reason()).toBe(reason);
    await wake();
    expect(a.reason()).toBe('connectionLost');
    expectReleased(world, a, b);
    expect(own.pendingTimers).toBe(0);
  });
});

describe('credentials of relays', () => {
  const lasting = (world: World, ms: number) => ({
    servers: [relay],
    expiresAt: world.clock.now() + ms,
    relays: 1,
  });
  const serversOf = (world: World) =>
    world.rtc.connections.map(({ configuration }) => configuration.iceServers?.[0]?.username);

  it('are asked for before every call, on both sides', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    expect([a.ice.asked, b.ice.asked]).toEqual([1, 1]);
    a.engine.hangUp();
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect([a.ice.asked, b.ice.asked]).toEqual([2, 2]);
  });

  it('are renewed a minute before they end, for as long as the call is', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.ice.servers = lasting(world, 600_000);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    a.ice.servers = { ...lasting(world, 1_140_000), servers: [{ ...relay, username: 'second' }] };
    await world.clock.advance(539_999);
    expect(serversOf(world)[0]).toBe('u');
    await world.clock.advance(1);
    expect(serversOf(world)[0]).toBe('second');
    a.ice.servers = { ...a.ice.servers, servers: [{ ...relay, username: 'third' }], expiresAt: null };
    await world.clock.advance(540_000);
    expect(serversOf(world)[0]).toBe('third');
    a.engine.hangUp();
    await world.clock.flush();
    expectReleased(world, a, b);
  });

  it('that ended in a sleep are renewed before ICE is restarted', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.ice.servers = lasting(world, 600_000);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    world.clock.jumpWall(700_000);
    a.ice.servers = { ...lasting(world, 600_000), servers: [{ ...relay, username: 'second' }] };
    a.networkChanges();
    await world.clock.advance(callTimes.networkSettle);
    expect(serversOf(world)[0]).toBe('second');
    expect(offers(a)).toHaveLength(1);
  });

  it('that never come leave a call without relays', async () => {
    const world = createWorld();
    const a = world.peer(peerA, { iceServers: { get: async () => Promise.reject(new Error('no bridge')) } });
    const b = world.peer(peerB);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    expect(phases(a, b)).toEqual(['connected', 'connected']);
    expect(a.records).toContainEqual(expect.objectContaining({ message: 'ICE servers not known' }));
  });
});
