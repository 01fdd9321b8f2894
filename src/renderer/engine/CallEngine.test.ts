import { describe, expect, it } from 'vitest';
import { createWorld, peerA, peerB, peerC } from '#tests/support/engine/engineWorld.ts';
import { expectReleased } from '#tests/support/engine/expectReleased.ts';

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
