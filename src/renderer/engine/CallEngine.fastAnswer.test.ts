import { beforeEach, describe, expect, it } from 'vitest';
import {
  createWorld,
  networkOf,
  peerA,
  peerB,
  peerC,
  relay,
  type TestPeer,
  type World,
} from '#tests/support/engine/engineWorld.ts';
import { fakeStream } from '#tests/support/engine/FakeMedia.ts';
import { callTimes } from './callSteps.ts';

let world: World;
let a: TestPeer;
let b: TestPeer;

beforeEach(() => {
  world = createWorld();
  a = world.peer(peerA);
  b = world.peer(peerB);
});

async function ring(): Promise<void> {
  a.engine.dial(peerB, { video: true });
  await world.clock.flush();
}

async function accept(peer = b): Promise<void> {
  peer.engine.accept({ video: true });
  await world.clock.flush();
}

const lanesFrom = ({ port }: TestPeer) =>
  world.signaling.lanes.filter((lane) => lane.startsWith(`${port.id}/${port.device}>`));

/** The oldest message of each lane arrives. */
async function deliver(lanes: readonly string[]): Promise<void> {
  lanes.forEach((lane) => world.signaling.deliver(lane));
  await world.clock.flush();
}

/** Nothing is held any more, and what was arrives. */
async function drain(): Promise<void> {
  world.signaling.held = false;
  for (let [lane] = world.signaling.lanes; lane !== undefined; [lane] = world.signaling.lanes) {
    await deliver([lane]);
  }
}

/** Tracks that are sent on each connection, in the order of their making. */
const sent = () =>
  world.rtc.connections.map((connection) =>
    connection
      .getSenders()
      .flatMap(({ track }) => (track === null ? [] : [track.kind]))
      .sort(),
  );
const states = () => world.rtc.connections.map(({ connectionState }) => connectionState);
const policies = () => world.rtc.connections.map(({ configuration }) => configuration.iceTransportPolicy);
const descriptions = (peer: TestPeer) =>
  peer.port.sent.flatMap(({ body }) => (body.type === 'description' ? [body.mode ?? 'plain'] : []));

function expectReleased(): void {
  expect(world.rtc.open).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
  for (const { media, engine } of [a, b]) {
    expect(media.live).toEqual([]);
    expect(engine.remoteStream).toBeNull();
  }
}

describe('a contact who rings', () => {
  it('is connected to before the answer, without a track on either side', async () => {
    await ring();
    expect(states()).toEqual(['connected', 'connected']);
    expect(sent()).toEqual([[], []]);
    expect(b.media.live).toEqual([]);
    expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['outgoing', 'incoming']);
  });

  it('is neither heard nor seen before the answer, whatever they send', async () => {
    await ring();
    world.rtc.connections.forEach((connection) => connection.receiveMedia());
    await world.clock.flush();
    expect([a, b].map(({ engine }) => engine.remoteStream?.getTracks())).toEqual([[], []]);
    expect([a.watched.size, b.watched.size]).toEqual([1, 0]);
    expect(b.engine.call?.phase).toBe('incoming');
  });

  it('is talked to on accept over the same connections, without a negotiation', async () => {
    await ring();
    const before = [descriptions(a), descriptions(b)];
    await accept();
    expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
    expect(sent()).toEqual([
      ['audio', 'video'],
      ['audio', 'video'],
    ]);
    expect([descriptions(a), descriptions(b)]).toEqual(before);
    expect([a, b].map(({ engine }) => engine.remoteStream?.getTracks().length)).toEqual([2, 2]);
  });

  it('connects the callee only when the caller has taken the answer', async () => {
    await ring();
    world.signaling.held = true;
    await accept();
    expect(b.engine.call?.phase).toBe('connecting');
  });

  it('connects the callee when media come, should the word of the caller be lost', async () => {
    await ring();
    world.signaling.held = true;
    await accept();
    world.rtc.connections[1]?.receiveMedia();
    await world.clock.flush();
    expect(b.engine.call?.phase).toBe('connected');
  });

  it.each<[string, () => void]>([
    ['declined', () => void b.engine.decline()],
    ['cancelled', () => void a.engine.hangUp()],
    ['cut off by the end of the app', () => b.engine.close()],
  ])('and is %s leaves nothing open', async (_name, act) => {
    await ring();
    act();
    await world.clock.flush();
    expectReleased();
  });

  it('and is not answered leaves nothing open', async () => {
    await ring();
    await world.clock.advance(45_000);
    expect([a.reason(), b.reason()]).toEqual(['noAnswer', 'missed']);
    expectReleased();
  });

  it('and gave up while the early answer was on its way leaves nothing open', async () => {
    world.signaling.held = true;
    await ring();
    world.signaling.deliver(world.signaling.lanes[0] ?? '');
    await world.clock.flush();
    a.engine.hangUp();
    await drain();
    expect([a.reason(), b.reason()]).toEqual(['cancelled', 'missed']);
    expectReleased();
  });

  it('is reached all the same when the early answer was lost', async () => {
    world.signaling.held = true;
    await ring();
    const [toCallee = ''] = world.signaling.lanes;
    world.signaling.deliver(toCallee);
    await world.clock.flush();
    for (const lane of world.signaling.lanes.filter((other) => other !== toCallee)) {
      while (world.signaling.lanes.includes(lane)) {
        world.signaling.lose(lane);
      }
    }
    world.signaling.held = false;
    await accept();
    await drain();
    expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
  });

  it.each<['failed' | 'disconnected']>([['failed'], ['disconnected']])(
    'is reached by a restart on accept when the path was %s while it rang',
    async (state) => {
      await ring();
      await world.rtc.breakPath(state);
      await world.clock.flush();
      expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['outgoing', 'incoming']);
      world.rtc.up = true;
      await accept();
      await world.clock.flush();
      expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
      expect(world.rtc.connections).toHaveLength(2);
    },
  );

  it('is restarted once when the path fails right after the answer, and given up after that', async () => {
    world.rtc.up = false;
    await ring();
    await accept();
    world.rtc.connections[0]?.setState('failed');
    await world.clock.flush();
    expect(a.engine.call?.phase).toBe('connecting');
    world.rtc.connections[0]?.setState('new');
    world.rtc.connections[0]?.setState('failed');
    await world.clock.flush();
    expect(a.reason()).toBe('connectFailed');
    expectReleased();
  });
});

describe('who is connected to while it rings', () => {
  it('no stranger: the first connection of the callee is made on accept', async () => {
    world.signaling.contacts = () => false;
    await ring();
    expect(world.rtc.connections).toHaveLength(1);
    await accept();
    expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
  });

  it('nobody when the setting says never', async () => {
    b.engine.setNetwork(networkOf({ fastAnswer: 'never' }));
    await ring();
    expect(world.rtc.connections).toHaveLength(1);
    await accept();
    expect(b.engine.call?.phase).toBe('connected');
  });

  it('whoever calls sees no address before the answer when the setting says relayed, and others after it', async () => {
    b.ice.servers = { servers: [relay], expiresAt: null, relays: 1 };
    b.engine.setNetwork(networkOf({ fastAnswer: 'relayed' }));
    await ring();
    expect(policies()).toEqual(['all', 'relay']);
    expect(states()).toEqual(['connected', 'connected']);
    expect(JSON.stringify(b.port.sent)).not.toContain('192.0.2.1 rport');
    expect(JSON.stringify(b.port.sent)).not.toContain('typ host');
    await accept();
    expect(policies()).toEqual(['all', 'all']);
    expect(descriptions(b)).toEqual(['early', 'plain']);
    expect(JSON.stringify(b.port.sent)).toContain('typ host');
    expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
  });

  it('nobody when the setting says relayed and there is no relay', async () => {
    b.engine.setNetwork(networkOf({ fastAnswer: 'relayed' }));
    await ring();
    expect(world.rtc.connections).toHaveLength(1);
    await accept();
    expect(policies()).toEqual(['all', 'all']);
    expect(b.engine.call?.phase).toBe('connected');
  });
});

describe('a callee with two devices', () => {
  let second: TestPeer;

  beforeEach(() => {
    second = world.peer(peerB, { device: 'second' });
  });

  it('is connected to on the first that answers early, which may take the call as it is', async () => {
    await ring();
    expect(states()).toEqual(['connected', 'connected', 'new']);
    await accept();
    expect([a, b, second].map(({ engine }) => engine.call?.phase)).toEqual([
      'connected',
      'connected',
      'ended',
    ]);
    expect(descriptions(a)).toEqual([]);
    expect(world.rtc.open).toBe(2);
  });

  it('can take the call on the other one, which gets a new connection', async () => {
    await ring();
    await accept(second);
    expect([a, b, second].map(({ engine }) => engine.call?.phase)).toEqual([
      'connected',
      'ended',
      'connected',
    ]);
    expect(descriptions(a)).toEqual(['fresh']);
    expect(world.rtc.open).toBe(2);
    const open = world.rtc.connections.filter(({ connectionState }) => connectionState === 'connected');
    expect(
      open.map((connection) => connection.getSenders().filter(({ track }) => track !== null).length),
    ).toEqual([2, 2]);
    expect([a, second].map(({ engine }) => engine.remoteStream?.getTracks().length)).toEqual([2, 2]);
  });

  it('that declines on the one that is connected to has declined on both', async () => {
    await ring();
    b.engine.decline();
    await world.clock.flush();
    expect(second.reason()).toBe('declinedElsewhere');
    expectReleased();
  });
});

it('a third call while it rings is busy and does not touch the connection', async () => {
  const c = world.peer(peerC);
  await ring();
  c.engine.dial(peerB, { video: true });
  await world.clock.flush();
  expect(c.reason()).toBe('busy');
  await accept();
  expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
});

describe('a network that changes while it rings', () => {
  it('at the caller makes a new connection on accept', async () => {
    await ring();
    a.networkChanges();
    await accept();
    expect(descriptions(a)).toEqual(['fresh']);
    expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
    expect(world.rtc.open).toBe(2);
  });

  it.each<[string, 'disconnected' | 'failed']>([
    ['goes', 'disconnected'],
    ['fails', 'failed'],
  ])(
    'at the caller makes a new connection, also when the old path %s before word of that',
    async (_how, state) => {
      await ring();
      a.networkChanges();
      world.signaling.held = true;
      await accept();
      await deliver(lanesFrom(b));
      await deliver(lanesFrom(a));
      world.rtc.connections[1]?.setState(state);
      await world.clock.flush();
      expect(b.engine.call?.phase).toBe('reconnecting');
      await drain();
      await world.clock.advance(callTimes.giveUp);
      expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
      expect(world.rtc.open).toBe(2);
    },
  );

  it('at the callee restarts the one there is', async () => {
    await ring();
    b.networkChanges();
    await accept();
    expect(world.rtc.connections).toHaveLength(2);
    expect(descriptions(b)).toEqual(['early', 'plain']);
    expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
  });

  it('at the callee costs no call whose path stands all the same', async () => {
    await ring();
    b.networkChanges();
    await accept();
    await world.clock.advance(callTimes.connect);
    expect([a.engine.call?.phase, b.engine.call?.phase]).toEqual(['connected', 'connected']);
  });
});

it('a connection that cannot be made while it rings is told on accept, not before', async () => {
  const broken = world.peer(peerC, {
    rtc: {
      createConnection: () => {
        throw new Error('no');
      },
      createStream: (tracks) => fakeStream(tracks),
      videoCodecs: () => [],
    },
  });
  a.engine.dial(peerC, { video: true });
  await world.clock.flush();
  expect([a.engine.call?.phase, broken.engine.call?.phase]).toEqual(['outgoing', 'incoming']);
  await accept(broken);
  expect([a.reason(), broken.reason()]).toEqual(['failed', 'failed']);
});
