import { describe, expect, it } from 'vitest';
import { ok } from '#shared/result.ts';
import { createWorld, peerA, peerB } from '#tests/support/engine/engineWorld.ts';
import { expectReleased } from '#tests/support/engine/expectReleased.ts';
import { fakeStream } from '#tests/support/engine/FakeMedia.ts';
import { callTimes } from './callSteps.ts';

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
