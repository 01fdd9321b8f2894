import { describe, expect, it } from 'vitest';
import { fail, ok } from '#shared/result.ts';
import {
  callId,
  createWorld,
  deviceId,
  peerA,
  peerB,
  peerC,
  type TestPeer,
  type World,
} from '#tests/support/engine/engineWorld.ts';
import { fakeStream } from '#tests/support/engine/FakeMedia.ts';
import { callTimes } from './callSteps.ts';

/** Nothing of a call is left: no connection, no open device, no timer, no meter. */
function expectReleased(world: World, ...peers: TestPeer[]): void {
  expect(world.rtc.open).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
  for (const { media, watched, engine } of peers) {
    expect(media.live).toEqual([]);
    expect(watched.size).toBe(0);
    expect(engine.remoteStream).toBeNull();
  }
}

describe('a call', () => {
  it('goes from dial to connected on both sides', async () => {
    const { a, b } = await createWorld({ fastAnswer: 'never' }).inCall();
    expect(a.phases()).toEqual(['outgoing', 'connecting', 'connected']);
    expect(b.phases()).toEqual(['incoming', 'connecting', 'connected']);
    expect(a.media.live).toEqual(['cam1', 'mic1']);
    expect(b.media.live).toEqual(['cam1', 'mic1']);
  });

  it('shows calling at once and ringing only when the callee said so', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    world.peer(peerB);
    a.engine.dial(peerB, { video: true });
    expect(a.engine.call).toMatchObject({ phase: 'outgoing', stage: 'calling' });
    await world.clock.flush();
    expect(a.engine.call).toMatchObject({ phase: 'outgoing', stage: 'ringing' });
  });

  it('rings nobody before the devices of the caller are open', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.media.held = true;
    a.engine.dial(peerB, { video: true });
    await world.clock.advance(5_000);
    expect(b.engine.call).toBeUndefined();
    a.media.release();
    await world.clock.flush();
    expect(b.engine.call?.phase).toBe('incoming');
  });

  it('goes out without devices when their driver hangs', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.media.held = true;
    a.engine.dial(peerB, { video: true });
    await world.clock.advance(15_000);
    expect(b.engine.call?.phase).toBe('incoming');
    a.engine.hangUp();
    a.media.release();
    await world.clock.flush();
    expectReleased(world, a, b);
  });

  it('opens no device of the callee before the person accepts', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(b.media.live).toEqual([]);
    b.engine.accept({ video: false });
    await world.clock.flush();
    expect(b.media.live).toEqual(['mic1']);
    expect(a.engine.call?.remote.camera).toBe(false);
  });

  it('lets the camera come on in a call that was accepted with sound only', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: false });
    await world.clock.flush();
    const connections = world.rtc.connections.length;
    b.engine.setCamera(true);
    await world.clock.flush();
    expect(b.media.live).toEqual(['mic1', 'cam1']);
    expect(a.engine.call?.remote.camera).toBe(true);
    expect(b.port.sentTypes.filter((type) => type === 'description')).toHaveLength(1);
    expect(world.rtc.connections).toHaveLength(connections);
  });

  it('reports the call to main at each stage', async () => {
    const { a, b } = await createWorld().inCall();
    a.engine.hangUp();
    await new Promise((resolve) => setImmediate(resolve));
    expect(a.reported.map((call) => call?.stage ?? null)).toEqual(['outgoing', 'accepted', null]);
    expect(b.reported.map((call) => call?.stage ?? null)).toEqual(['incoming', 'accepted', null]);
  });

  it('refuses the own id, a second call and commands without a call', async () => {
    const { a } = await createWorld().inCall();
    expect(a.engine.dial(peerA, { video: true })).toMatchObject({ error: { code: 'PEER_IS_SELF' } });
    expect(a.engine.dial(peerC, { video: true })).toMatchObject({ error: { code: 'CALL_BUSY' } });
    expect(a.engine.accept({ video: true })).toMatchObject({ error: { code: 'CALL_NONE' } });
    a.engine.hangUp();
    expect(a.engine.hangUp()).toMatchObject({ error: { code: 'CALL_NONE' } });
    expect(a.engine.setCamera(true)).toMatchObject({ error: { code: 'CALL_NONE' } });
  });
});

describe('the end of a call', () => {
  it('releases the devices before it tells the peer', async () => {
    const { a, b } = await createWorld().inCall();
    let liveAtBye: readonly string[] | undefined;
    const send = a.port.send.bind(a.port);
    a.port.send = async (message) => {
      liveAtBye ??= a.media.live;
      return send(message);
    };
    a.engine.hangUp();
    expect(liveAtBye).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(b.reason()).toBe('peerHungUp');
  });

  it('leaves nothing behind, thirty times', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    for (let call = 0; call < 30; call++) {
      a.engine.dial(peerB, { video: true });
      await world.clock.flush();
      b.engine.accept({ video: true });
      await world.clock.flush();
      expect(a.engine.call?.phase).toBe('connected');
      (call % 2 === 0 ? a : b).engine.hangUp();
      await world.clock.flush();
      expectReleased(world, a, b);
    }
  });

  it('keeps the devices of the preview', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    world.peer(peerB);
    a.engine.setPreview({ camera: true, microphone: true });
    await world.clock.flush();
    const preview = a.engine.localVideo;
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    a.engine.hangUp();
    expect(a.media.live).toEqual(['cam1', 'mic1']);
    expect(a.engine.localVideo).toBe(preview);
    a.engine.setPreview({ camera: false, microphone: false });
    expect(a.media.live).toEqual([]);
  });

  it('closes the camera of the preview during a call with sound only, and reopens it after', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    world.peer(peerB);
    a.engine.setPreview({ camera: true, microphone: true });
    await world.clock.flush();
    a.engine.dial(peerB, { video: false });
    await world.clock.flush();
    expect(a.media.live).toEqual(['mic1']);
    a.engine.hangUp();
    await world.clock.flush();
    expect([...a.media.live].sort()).toEqual(['cam1', 'mic1']);
  });

  it('is total when the engine closes', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    a.engine.close();
    a.engine.close();
    await world.clock.flush();
    expect(b.reason()).toBe('peerHungUp');
    b.engine.close();
    expectReleased(world, a, b);
    expect([a.port.listenerCount, a.media.listenerCount]).toEqual([0, 0]);
  });

  it('stops a capture that comes after the person hung up', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    a.media.held = true;
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    a.engine.hangUp();
    a.media.release();
    await world.clock.flush();
    expect(a.media.live).toEqual([]);
    expect(a.port.sent).toEqual([]);
  });
});

describe('the caller learns why', () => {
  it('nobody is there: offline', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(a.reason()).toBe('offline');
    expectReleased(world, a);
  });

  it('stored for somebody who does not come: offline after 20 s', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    a.port.stores = true;
    a.engine.dial(peerB, { video: true });
    await world.clock.advance(19_999);
    expect(a.engine.call).toMatchObject({ phase: 'outgoing', stage: 'calling' });
    await world.clock.advance(1);
    expect(a.reason()).toBe('offline');
  });

  it('nobody answers: the ring time of the settings, and a missed call there', async () => {
    const world = createWorld();
    const a = world.peer(peerA, { ringSeconds: 10 });
    const b = world.peer(peerB);
    a.engine.dial(peerB, { video: true });
    await world.clock.advance(10_000);
    expect(a.reason()).toBe('noAnswer');
    expect(b.reason()).toBe('missed');
    expectReleased(world, a, b);
  });

  it('nobody answers for the longest ring time: the callee rings all the while', async () => {
    const world = createWorld();
    const a = world.peer(peerA, { ringSeconds: 120 });
    const b = world.peer(peerB);
    a.engine.dial(peerB, { video: true });
    await world.clock.advance(119_999);
    expect(b.phases()).toEqual(['incoming']);
    await world.clock.advance(1);
    expect(a.reason()).toBe('noAnswer');
    expect(b.reason()).toBe('missed');
  });

  it('unknown id, and signaling that is down', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    a.port.answer = fail('PEER_UNKNOWN', 'never seen');
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(a.reason()).toBe('unknownPeer');
    a.port.online = false;
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(a.reason()).toBe('signalingDown');
  });

  it('busy, with the other call untouched', async () => {
    const world = createWorld();
    const { b } = await world.inCall();
    const c = world.peer(peerC);
    c.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(c.reason()).toBe('busy');
    expect(b.engine.call).toMatchObject({ phase: 'connected', peer: peerA });
    expect(b.missed).toMatchObject([{ peer: peerC, reason: 'busy' }]);
  });

  it('answered on one of two devices: the other stops ringing', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const desk = world.peer(peerB, { device: 'desk' });
    const lap = world.peer(peerB, { device: 'lap' });
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    lap.engine.accept({ video: true });
    await world.clock.flush();
    expect(desk.reason()).toBe('answeredElsewhere');
    expect(a.engine.call?.phase).toBe('connected');
    expect(lap.engine.call?.phase).toBe('connected');
    desk.engine.close();
    expect(lap.engine.call?.phase).toBe('connected');
  });

  it('a description that the browser rejects ends the call and is told to the peer', async () => {
    const world = createWorld();
    const b = world.peer(peerB);
    b.port.receive({
      from: peerA,
      fromDevice: deviceId(`${peerA}-1`),
      callId: callId('bad'),
      body: { type: 'invite', media: { video: true }, description: { type: 'offer', sdp: 'nonsense' } },
      contact: true,
      ageMs: 0,
    });
    b.engine.accept({ video: true });
    await world.clock.flush();
    expect(b.engine.call).toMatchObject({ reason: 'failed', code: 'CALL_DESCRIPTION_REJECTED' });
    expect(b.port.sent.at(-1)?.body).toEqual({ type: 'bye', reason: 'failed' });
    expectReleased(world, b);
  });
});

describe('ICE servers that the browser refuses', () => {
  const rtc = {
    createConnection: (): RTCPeerConnection => {
      throw Object.assign(new Error('no credential'), { name: 'InvalidAccessError' });
    },
    createStream: (tracks?: readonly MediaStreamTrack[]) => fakeStream(tracks),
    videoCodecs: () => [],
  };
  const failed = { phase: 'ended', reason: 'failed', code: 'CALL_TRANSPORT_FAILED' };

  it('end a dialled call at once, and the next one can be dialled', async () => {
    const world = createWorld();
    const a = world.peer(peerA, { rtc });
    expect(a.engine.dial(peerB, { video: true })).toEqual(ok(null));
    await world.clock.flush();
    expect(a.engine.call).toMatchObject(failed);
    expectReleased(world, a);
    expect(a.port.sent).toEqual([]);
    expect(a.engine.dial(peerB, { video: true })).toEqual(ok(null));
  });

  it('end a call that was accepted, on both sides', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB, { rtc });
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    expect(b.engine.call).toMatchObject(failed);
    expect(a.reason()).toBe('failed');
    expectReleased(world, a, b);
  });
});

it('a fault while a call is set up ends it as failed, and is shown and logged', async () => {
  const world = createWorld();
  const a = world.peer(peerA, {
    rtc: {
      createConnection: () => {
        throw new Error('unused');
      },
      createStream: () => {
        throw new Error('out of memory');
      },
      videoCodecs: () => [],
    },
  });
  a.engine.dial(peerB, { video: false });
  await world.clock.flush();
  expect(a.phases()).toEqual(['outgoing', 'ended']);
  expect(a.engine.call).toMatchObject({ reason: 'failed', code: 'APP_INTERNAL' });
  expect(a.media.live).toEqual([]);
  expect(a.records.filter(({ level }) => level === 'error')).toMatchObject([
    { message: 'call effect failed', context: { effect: 'openSession' } },
  ]);
});

describe('the transport', () => {
  it('that never connects ends the call after 20 s', async () => {
    const world = createWorld();
    world.rtc.up = false;
    const { a, b } = await world.inCall();
    await world.clock.advance(20_000);
    expect(a.reason()).toBe('connectFailed');
    expect(b.reason()).toBe('connectFailed');
    expectReleased(world, a, b);
  });

  it('recovers by one ICE restart when the path breaks', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    await world.rtc.breakPath('failed');
    await world.clock.flush();
    expect(a.engine.call?.phase).toBe('reconnecting');
    world.rtc.up = true;
    await world.clock.advance(5_000);
    expect(a.engine.call?.phase).toBe('connected');
    expect(b.engine.call?.phase).toBe('connected');
    const offers = [...a.port.sent, ...b.port.sent].filter(
      ({ body }) => body.type === 'description' && body.generation === 1 && body.description.type === 'offer',
    );
    expect(offers).toHaveLength(1);
  });

  it('recovers when both sides restart at once', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    world.signaling.held = true;
    await world.rtc.breakPath('failed');
    await world.clock.advance(2_000);
    world.rtc.up = true;
    world.signaling.held = false;
    for (let lane = world.signaling.lanes[0]; lane !== undefined; lane = world.signaling.lanes[0]) {
      world.signaling.deliver(lane);
      await world.clock.flush();
    }
    expect(a.engine.call?.phase).toBe('connected');
    expect(b.engine.call?.phase).toBe('connected');
  });

  it('waits with the restart until signaling is back', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    a.port.setOnline(false);
    b.port.setOnline(false);
    await world.rtc.breakPath('failed');
    world.rtc.up = true;
    await world.clock.advance(10_000);
    expect(a.engine.call?.phase).toBe('reconnecting');
    a.port.setOnline(true);
    b.port.setOnline(true);
    await world.clock.advance(2_000);
    expect(a.engine.call?.phase).toBe('connected');
  });

  it('that stays broken ends the call a minute after the media were lost', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    await world.rtc.breakPath('disconnected');
    await world.clock.advance(59_900);
    expect(a.engine.call?.phase).toBe('reconnecting');
    await world.clock.advance(200);
    expect(a.reason()).toBe('connectionLost');
    expectReleased(world, a, b);
  });

  it('of a peer whose app is gone ends the call when a message reaches nobody after 10 s', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    b.port.online = false;
    await world.rtc.breakPath('disconnected');
    await world.clock.flush();
    expect(a.engine.call?.phase).toBe('reconnecting');
    await world.clock.advance(callTimes.peerGone - 1);
    expect(a.engine.call?.phase).toBe('reconnecting');
    await world.clock.advance(callTimes.restartAgain);
    expect(a.reason()).toBe('peerLeft');
  });
});
