import { describe, expect, it } from 'vitest';
import { fail } from '#shared/result.ts';
import { callId, createWorld, deviceId, peerA, peerB, peerC } from '#tests/support/engine/engineWorld.ts';
import { expectReleased } from '#tests/support/engine/expectReleased.ts';

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

  it('comes with being signed out, and a second later on the other side, which nobody could tell', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    a.port.setOnline(false, 'SIGNALING_SIGNED_OUT');
    expect([a.reason(), a.engine.call?.phase, a.media.live]).toEqual(['signalingDown', 'ended', []]);
    await world.clock.advance(900);
    expect(b.engine.call?.phase).toBe('connected');
    await world.clock.advance(200);
    expect(b.reason()).toBe('peerLeft');
    b.engine.close();
    expectReleased(world, a, b);
  });

  it('does not come with the end of a connection whose other side is still there', async () => {
    const world = createWorld();
    const { a } = await world.inCall();
    world.rtc.connections[0]?.peerCloses();
    await world.clock.advance(1_100);
    expect(a.engine.call?.phase).toBe('reconnecting');
  });

  it('comes to a call that rings when this computer is signed out: it was missed', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.port.setOnline(false, 'SIGNALING_SIGNED_OUT');
    expect(b.reason()).toBe('missed');
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
