import { describe, expect, it } from 'vitest';
import { fail, ok } from '#shared/result.ts';
import { callId, createWorld, deviceId, peerA, peerB, peerC } from '#tests/support/engine/engineWorld.ts';

/** A caller, and a callee with two devices. */
async function twoDevices() {
  const world = createWorld();
  const caller = world.peer(peerA);
  const desk = world.peer(peerB, { device: 'desk' });
  const lap = world.peer(peerB, { device: 'lap' });
  await world.clock.flush();
  return { world, caller, desk, lap };
}

describe('a notice for a peer who is offline', () => {
  it('is left, and shown as left', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    a.engine.dial(peerB, { video: false });
    await world.clock.flush();
    expect(a.port.notices).toEqual([{ to: peerB, callId: a.engine.call?.callId, video: false }]);
    expect(a.engine.call).toMatchObject({ reason: 'offline', notice: 'left' });
  });

  it.each([
    ['there is no room for it', ok(false)],
    ['the server is away', fail('SIGNALING_OFFLINE', 'test')],
  ])('is shown as failed when %s', async (_name, answer) => {
    const world = createWorld();
    const a = world.peer(peerA);
    a.port.noticeAnswer = answer;
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(a.engine.call).toMatchObject({ reason: 'offline', notice: 'failed' });
  });

  it('that cannot even be asked for is shown as failed, and logged', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    a.port.leaveNotice = async () => Promise.reject(new Error('no bridge'));
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(a.engine.call).toMatchObject({ reason: 'offline', notice: 'failed' });
    expect(a.records).toContainEqual(expect.objectContaining({ message: 'notice not left', level: 'warn' }));
  });

  it('goes out after the cancel', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    let sentBefore: readonly string[] = [];
    a.port.leaveNotice = async () => {
      sentBefore = a.port.sentTypes;
      return Promise.resolve(ok(true));
    };
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(sentBefore).toEqual(['invite', 'cancel']);
  });
});

describe('a call to two devices', () => {
  it('shows how many were reached, and how many ring', async () => {
    const { world, caller } = await twoDevices();
    world.signaling.held = true;
    caller.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(caller.engine.call).toMatchObject({ stage: 'reached', devices: 2 });
    const [first = ''] = world.signaling.lanes;
    world.signaling.held = false;
    world.signaling.deliver(first);
    await world.clock.flush();
    expect(caller.engine.call).toMatchObject({ stage: 'ringing', devices: 1 });
  });

  it('goes on ringing when one of them is busy, and can be answered on the other', async () => {
    const { world, caller, desk, lap } = await twoDevices();
    const third = world.peer(peerC);
    desk.engine.dial(peerC, { video: true });
    await world.clock.flush();
    third.engine.accept({ video: true });
    await world.clock.flush();
    caller.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(caller.engine.call).toMatchObject({ phase: 'outgoing', stage: 'ringing', devices: 1 });
    lap.engine.accept({ video: true });
    await world.clock.flush();
    expect(caller.engine.call?.phase).toBe('connected');
    expect(desk.takenElsewhere).toMatchObject([{ peer: peerA, how: 'answered', device: 'lap' }]);
  });

  it('that is declined on one stops on the other, which is not a missed call', async () => {
    const { world, caller, desk, lap } = await twoDevices();
    caller.engine.dial(peerB, { video: true });
    await world.clock.flush();
    lap.engine.decline();
    await world.clock.flush();
    expect(caller.reason()).toBe('declined');
    expect(desk.engine.call).toMatchObject({ reason: 'declinedElsewhere', elsewhere: 'lap' });
  });

  it('stops ringing on the other by word of the device alone, when the caller says nothing', async () => {
    const { world, desk } = await twoDevices();
    const call = callId('c1');
    const invite = { type: 'invite', media: { video: true } } as const;
    desk.port.receive({
      from: peerC,
      fromDevice: deviceId('far'),
      callId: call,
      body: invite,
      contact: true,
      ageMs: 0,
    });
    desk.port.take({ callId: call, device: deviceId('lap'), how: 'answered' });
    await world.clock.flush();
    expect(desk.engine.call).toMatchObject({ reason: 'answeredElsewhere', elsewhere: 'lap' });
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('releases camera and microphone of the device that lost the race before anything else happens', async () => {
    const { world, caller, desk, lap } = await twoDevices();
    caller.engine.dial(peerB, { video: true });
    await world.clock.flush();
    desk.engine.accept({ video: true });
    lap.engine.accept({ video: true });
    let liveWhenShown: readonly string[] | undefined;
    lap.engine.on('call', (call) => {
      if (call?.phase === 'ended') {
        liveWhenShown = lap.media.live;
      }
    });
    await world.clock.flush();
    expect(lap.reason()).toBe('answeredElsewhere');
    expect(liveWhenShown).toEqual([]);
    expect(lap.media.live).toEqual([]);
    expect(desk.engine.call?.phase).toBe('connected');
  });

  it('that both dial at the same moment leaves no missed call on the other device', async () => {
    const { world, caller, desk, lap } = await twoDevices();
    world.signaling.held = true;
    caller.engine.dial(peerB, { video: true });
    desk.engine.dial(peerA, { video: true });
    await world.clock.flush();
    world.signaling.held = false;
    for (let [lane] = world.signaling.lanes; lane !== undefined; [lane] = world.signaling.lanes) {
      world.signaling.deliver(lane);
      await world.clock.flush();
    }
    expect([caller, desk].map(({ engine }) => engine.call?.phase)).toEqual(['connected', 'connected']);
    expect(lap.engine.call).toMatchObject({ reason: 'answeredElsewhere', elsewhere: 'desk' });
  });
});
