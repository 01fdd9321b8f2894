import { beforeEach, describe, expect, it } from 'vitest';
import type { CallBody } from '#shared/call/messages.ts';
import {
  callId,
  createWorld,
  deviceId,
  networkOf,
  peerA,
  peerB,
  relay,
  type TestPeer,
  type World,
} from '#tests/support/engine/engineWorld.ts';
import { callTimes } from './callSteps.ts';
import { maxCandidates } from './sdpRules.ts';

/** A peer who does not keep to the rules: each time the call ends with a code or goes on, and the next one works. */

let world: World;
let a: TestPeer;
let b: TestPeer;

const sdp = (media: readonly string[], ufrag = 'bad') =>
  `v=0\r\n${media.map((kind) => `m=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\n`).join('')}a=ice-ufrag:${ufrag}\r\n`;
const both: readonly string[] = ['audio', 'video'];
const offer = (generation: number, media = both): CallBody => ({
  type: 'description',
  generation,
  description: { type: 'offer', sdp: sdp(media, `bad${generation}`) },
});
const candidate = (generation: number): CallBody => ({
  type: 'candidate',
  generation,
  candidate: { candidate: 'candidate:9', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null },
});

/** `b` says something to `a` that its own engine never would. */
const says = (...bodies: CallBody[]): void =>
  bodies.forEach((body) =>
    a.port.receive({
      ...{ from: peerB, fromDevice: deviceId(`${peerB}-1`), body, contact: true, ageMs: 0 },
      callId: a.engine.call?.callId ?? callId('none'),
    }),
  );
const candidatesTaken = () => world.rtc.connections.map(({ candidates }) => candidates)[0] ?? 0;
const answers = (peer: TestPeer) =>
  peer.port.sent.filter(({ body }) => body.type === 'description' && body.description.type === 'answer')
    .length;

function expectReleased(): void {
  expect(world.rtc.open).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
  [a, b].forEach(({ media }) => expect(media.live).toEqual([]));
}

async function expectNextCallWorks(): Promise<void> {
  a.engine.hangUp();
  b.engine.hangUp();
  await world.clock.flush();
  a.engine.dial(peerB, { video: true });
  await world.clock.flush();
  b.engine.accept({ video: true });
  await world.clock.flush();
  expect([a, b].map(({ engine }) => engine.call?.phase)).toEqual(['connected', 'connected']);
}

beforeEach(async () => {
  world = createWorld();
  ({ a, b } = await world.inCall());
});

describe('a peer that', () => {
  it('never sends an answer: the call ends after 20 s', async () => {
    a.engine.hangUp();
    await world.clock.flush();
    const send = b.port.send.bind(b.port);
    b.port.send = async (message) =>
      message.body.type === 'description'
        ? { ok: true, value: { devices: [], stored: false } }
        : send(message);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.advance(callTimes.connect - 1);
    expect(a.engine.call?.phase).toBe('connecting');
    await world.clock.advance(1);
    expect(a.reason()).toBe('connectFailed');
    expectReleased();
  });

  it('sends candidates of other generations: they are dropped', async () => {
    const before = candidatesTaken();
    says(candidate(7), candidate(3), candidate(8), candidate(0));
    await world.clock.flush();
    expect(candidatesTaken()).toBe(before);
    expect(a.engine.call?.phase).toBe('connected');
    await expectNextCallWorks();
  });

  it('sends 10,000 candidates: no more are used than any computer has', async () => {
    says(...Array.from({ length: 10_000 }, () => candidate(0)));
    await world.clock.flush();
    expect(candidatesTaken()).toBeLessThanOrEqual(maxCandidates);
    expect(a.engine.call?.phase).toBe('connected');
    await expectNextCallWorks();
  });

  it('restarts ICE ten times a second: most of it is dropped, and the call goes on', async () => {
    const before = answers(a);
    for (let generation = 1; generation <= 100; generation++) {
      says(offer(generation));
      await world.clock.advance(100);
    }
    // Ten at once, and one every two seconds.
    expect(answers(a) - before).toBeLessThanOrEqual(15);
    expect(a.engine.call?.phase).toBe('connected');
    await expectNextCallWorks();
  });

  it.each<[string, readonly string[]]>([
    ['adds media', ['audio', 'video', 'video']],
    ['adds a data channel', ['audio', 'video', 'application']],
    ['removes media', ['audio']],
    ['swaps media', ['video', 'audio']],
  ])('%s: the call ends with a code', async (_name, media) => {
    says(offer(1, media));
    await world.clock.flush();
    expect(a.engine.call).toMatchObject({ reason: 'failed', code: 'CALL_DESCRIPTION_REJECTED' });
    expect(b.reason()).toBe('failed');
    expectReleased();
    await expectNextCallWorks();
  });

  it('claims a fingerprint that its certificate does not have: the call ends with a code', async () => {
    world.rtc.connections[0]?.failDtls();
    await world.clock.flush();
    expect(a.engine.call).toMatchObject({ reason: 'failed', code: 'CALL_FINGERPRINT_MISMATCH' });
    expect(b.reason()).toBe('failed');
    expectReleased();
    await expectNextCallWorks();
  });

  it('offers a new connection in the middle of a call: it is dropped', async () => {
    await world.clock.advance(callTimes.connect);
    const { length } = world.rtc.connections;
    says({
      type: 'description',
      generation: 5,
      description: { type: 'offer', sdp: sdp(both) },
      mode: 'fresh',
    });
    await world.clock.flush();
    expect(world.rtc.connections).toHaveLength(length);
    expect(a.engine.call?.phase).toBe('connected');
  });

  it('answers early again and again while it rings: one answer counts', async () => {
    a.engine.hangUp();
    await world.clock.flush();
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    const description = { type: 'answer', sdp: sdp(both) } as const;
    says(...Array.from({ length: 500 }, () => ({ ...offer(0), description, mode: 'early' }) as CallBody));
    await world.clock.flush();
    expect([a, b].map(({ engine }) => engine.call?.phase)).toEqual(['outgoing', 'incoming']);
    b.engine.accept({ video: true });
    await world.clock.flush();
    expect(a.engine.call?.phase).toBe('connected');
  });
});

describe('a call through relays alone', () => {
  const relays = { servers: [relay], expiresAt: null, relays: 1 };

  beforeEach(() => {
    world = createWorld();
    a = world.peer(peerA, { network: networkOf({ relayOnly: true }) });
    b = world.peer(peerB);
  });

  it('without a relay ends at once with a code, and rings nowhere', async () => {
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(a.engine.call).toMatchObject({ reason: 'failed', code: 'CALL_NO_RELAY' });
    expect(a.port.sent).toEqual([]);
    expect(b.shown).toEqual([]);
    expectReleased();
  });

  it('that comes in without a relay rings, and ends with a code on accept', async () => {
    b.engine.dial(peerA, { video: true });
    await world.clock.flush();
    expect(a.engine.call?.phase).toBe('incoming');
    a.engine.accept({ video: true });
    await world.clock.flush();
    expect(a.engine.call).toMatchObject({ reason: 'failed', code: 'CALL_NO_RELAY' });
    expect(b.reason()).toBe('failed');
    expectReleased();
  });

  it('lets no address out but that of the relay, also in restarts', async () => {
    a.ice.servers = relays;
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    a.networkChanges();
    await world.clock.advance(callTimes.networkSettle);
    expect(a.engine.call?.phase).toBe('connected');
    expect(world.rtc.connections.map(({ configuration }) => configuration.iceTransportPolicy)).toEqual([
      'relay',
      'all',
    ]);
    const said = JSON.stringify(a.port.sent);
    expect(said).toContain('typ relay raddr 0.0.0.0 rport 0');
    expect(said).not.toMatch(/typ (?:host|srflx|prflx)|raddr 192/);
  });

  it('holds for the calls that begin after the setting', async () => {
    a.ice.servers = relays;
    a.engine.setNetwork(networkOf({ relayOnly: false }));
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(world.rtc.connections[0]?.configuration.iceTransportPolicy).toBe('all');
  });
});

it.each([
  ['CALL_NO_RELAY', 0],
  ['CALL_TRANSPORT_FAILED', 1],
])('a call that finds no path says %s when there are %i relays', async (code, count) => {
  world = createWorld();
  a = world.peer(peerA);
  b = world.peer(peerB);
  a.ice.servers = { servers: [], expiresAt: null, relays: count };
  world.rtc.up = false;
  a.engine.dial(peerB, { video: true });
  await world.clock.flush();
  b.engine.accept({ video: true });
  await world.clock.advance(callTimes.connect);
  expect(a.engine.call).toMatchObject({ reason: 'connectFailed', code });
});
