import { describe, expect, it } from 'vitest';
import { ok } from '#shared/result.ts';
import { createWorld, peerA, peerB } from '#tests/support/engine/engineWorld.ts';
import { FakeMediaDevices } from '#tests/support/engine/FakeMedia.ts';

describe('a camera that takes its time', () => {
  it('is said to be opening, and is off again when that was taken back', async () => {
    const world = createWorld();
    const { a } = await world.inCall();
    const opening: boolean[] = [];
    a.engine.on('cameraOpening', (now) => opening.push(now));
    a.engine.setCamera(false);
    a.media.held = true;
    a.engine.setCamera(true);
    expect([opening, a.engine.call?.local.camera]).toEqual([[true], false]);
    a.engine.setCamera(false);
    a.media.release();
    await world.clock.flush();
    expect(opening).toEqual([true, false]);
    expect(a.media.live).toEqual(['mic1']);
    a.engine.setCamera(true);
    a.media.release();
    await world.clock.flush();
    expect([opening.at(-1), a.engine.call?.local.camera]).toEqual([false, true]);
  });
});

describe('devices in a call', () => {
  it('a call without camera goes on with sound and tells the peer', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.media.unplug('cam1');
    a.media.unplug('cam2');
    await world.clock.advance(200);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    expect(a.engine.devices.camera.problem).toBe('MEDIA_NONE');
    expect(a.engine.call?.local).toMatchObject({ camera: false, microphone: true });
    expect(b.engine.call?.remote).toMatchObject({ camera: false, microphone: true });
  });

  it.each([
    ['NotAllowedError', 'MEDIA_DENIED'],
    ['NotReadableError', 'MEDIA_BUSY'],
    ['TypeError', 'MEDIA_FAILED'],
  ])('a camera that fails with %s is shown as %s, and the call goes on', async (name, problem) => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.media.failures.set('cam1', name);
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    expect(a.engine.devices.camera.problem).toBe(problem);
    expect(b.engine.call?.phase).toBe('incoming');
  });

  it('a camera that the system forbids is not even tried', async () => {
    const world = createWorld();
    const a = world.peer(peerA, {
      permission: { access: async (kind) => Promise.resolve(ok(kind === 'camera' ? 'denied' : 'granted')) },
    });
    a.engine.setPreview({ camera: true, microphone: true });
    await world.clock.flush();
    expect(a.engine.devices.camera.problem).toBe('MEDIA_DENIED_BY_SYSTEM');
    expect(a.media.live).toEqual(['mic1']);
  });

  it('a call without microphone still lets the person listen', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.media.failures.set('mic1', 'NotReadableError');
    a.engine.dial(peerB, { video: false });
    await world.clock.flush();
    b.engine.accept({ video: false });
    await world.clock.flush();
    expect(a.engine.call?.phase).toBe('connected');
    expect(a.engine.devices.microphone.problem).toBe('MEDIA_BUSY');
    expect(b.engine.call?.remote.microphone).toBe(false);
  });

  it('camera off puts its light out, and on brings it back over the same connection', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    a.engine.setCamera(false);
    expect(a.media.live).toEqual(['mic1']);
    expect(a.engine.localVideo).toBeNull();
    await world.clock.flush();
    expect(b.engine.call?.remote.camera).toBe(false);
    a.engine.setCamera(true);
    await world.clock.flush();
    expect(a.media.live).toEqual(['mic1', 'cam1']);
    expect(b.engine.call?.remote.camera).toBe(true);
    expect(world.rtc.connections).toHaveLength(2);
  });

  it('mute keeps the microphone open with its track disabled', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    a.engine.setMicrophone(false);
    await world.clock.flush();
    expect(a.media.live).toEqual(['cam1', 'mic1']);
    expect(b.engine.call?.remote.microphone).toBe(false);
    const [audio] = world.rtc.connections[0]?.getTransceivers() ?? [];
    expect(audio?.sender.track?.enabled).toBe(false);
    a.engine.setMicrophone(true);
    expect(audio?.sender.track?.enabled).toBe(true);
  });

  it('a muted microphone stays muted when it is changed', async () => {
    const world = createWorld();
    const { a } = await world.inCall();
    a.engine.setMicrophone(false);
    a.engine.prefer('microphone', { deviceId: 'mic2', label: 'mic2' });
    await world.clock.flush();
    const [audio] = world.rtc.connections[0]?.getTransceivers() ?? [];
    expect(audio?.sender.track?.enabled).toBe(false);
    expect(a.media.live).toEqual(['cam1', 'mic2']);
  });

  it('another camera takes its place without a new negotiation', async () => {
    const world = createWorld();
    const { a } = await world.inCall();
    const before = a.port.sent.length;
    a.engine.prefer('camera', { deviceId: 'cam2', label: 'cam2' });
    await world.clock.flush();
    expect(a.media.live).toEqual(['mic1', 'cam2']);
    expect(a.port.sent).toHaveLength(before);
  });

  it('an unplugged camera falls back, and comes back with its preference', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    a.engine.prefer('camera', { deviceId: 'cam2', label: 'cam2' });
    await world.clock.flush();
    a.media.unplug('cam2');
    await world.clock.advance(200);
    expect(a.media.live).toEqual(['mic1', 'cam1']);
    expect(a.engine.devices.camera.preferred?.deviceId).toBe('cam2');
    a.media.plugIn({ kind: 'videoinput', deviceId: 'cam2', label: 'cam2', groupId: '' });
    await world.clock.advance(200);
    expect(a.media.live).toEqual(['mic1', 'cam2']);
    expect(b.engine.call).toMatchObject({ phase: 'connected', remote: { camera: true } });
  });

  it('the last camera unplugged tells the peer and keeps the call', async () => {
    const world = createWorld();
    const { a, b } = await world.inCall();
    a.media.unplug('cam2');
    a.media.unplug('cam1');
    await world.clock.advance(200);
    expect(b.engine.call).toMatchObject({ phase: 'connected', remote: { camera: false } });
    expect(a.engine.devices.camera).toMatchObject({ active: null, problem: 'MEDIA_NONE' });
  });

  it('a camera that already failed in the preview is not claimed to be sent', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    b.media.failures.set('cam1', 'NotReadableError');
    b.engine.setPreview({ camera: true, microphone: true });
    await world.clock.flush();
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    expect(b.engine.call?.local.camera).toBe(false);
    expect(a.engine.call?.remote.camera).toBe(false);
  });

  it('a camera that was busy opens when the person turns it on again', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.media.failures.set('cam1', 'NotReadableError');
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    a.media.failures.clear();
    a.engine.setCamera(true);
    await world.clock.flush();
    expect(b.engine.call?.remote.camera).toBe(true);
    expect(a.engine.devices.camera.problem).toBeNull();
  });

  it('the microphone that the system names as default is used, and followed when the system changes it', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const entry = (id: string, label: string) => ({
      ...({ kind: 'audioinput', deviceId: id, label, groupId: '' } as const),
    });
    a.media.plugIn(entry('default', 'Default - mic2'));
    await world.clock.advance(200);
    a.engine.setPreview({ camera: true, microphone: true });
    await world.clock.flush();
    expect(a.media.live).toContain('mic2');
    a.media.unplug('default');
    a.media.plugIn(entry('default', 'Default - mic1'));
    await world.clock.advance(200);
    expect(a.media.live).toContain('mic1');
    expect(a.media.live).not.toContain('mic2');
  });

  it('no device is listed or opened again after a burst of changes that ended where it began', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    a.engine.setPreview({ camera: true, microphone: true });
    await world.clock.flush();
    const before = a.engine.localVideo;
    a.media.plugIn({ kind: 'videoinput', deviceId: 'cam3', label: 'cam3', groupId: '' });
    a.media.unplug('cam3');
    await world.clock.advance(200);
    expect(a.engine.localVideo).toBe(before);
  });
});

describe('a driver that hangs', () => {
  /** A video call of A, whose camera or microphone never opens. */
  const inCallWithHung = async (kind: 'audioinput' | 'videoinput') => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.media.hung.add(kind);
    a.engine.dial(peerB, { video: true });
    await world.clock.advance(15_000);
    b.engine.accept({ video: true });
    await world.clock.flush();
    return { world, a, b };
  };

  it('of the camera does not keep the person from muting and unmuting', async () => {
    const { world, a, b } = await inCallWithHung('videoinput');
    for (const on of [false, true, false]) {
      a.engine.setMicrophone(on);
      await world.clock.flush();
      expect([a.engine.call?.local.microphone, b.engine.call?.remote.microphone]).toEqual([on, on]);
    }
  });

  it('of the microphone does not keep the camera from being told', async () => {
    const { world, a, b } = await inCallWithHung('audioinput');
    a.engine.setCamera(false);
    await world.clock.flush();
    expect(b.engine.call?.remote).toMatchObject({ camera: false, microphone: true });
    a.engine.setMicrophone(false);
    await world.clock.flush();
    expect(b.engine.call?.remote.microphone).toBe(false);
  });

  it('is not claimed to send once the person gave it up, and its late track is stopped', async () => {
    const { world, a, b } = await inCallWithHung('videoinput');
    a.engine.setCamera(false);
    await world.clock.flush();
    expect([a.engine.call?.local.camera, b.engine.call?.remote.camera]).toEqual([false, false]);
    a.media.release();
    await world.clock.flush();
    expect(a.media.live).toEqual(['mic1']);
    expect(a.engine.localVideo).toBeNull();
  });

  it('is tried anew when the person turns the camera off and on', async () => {
    const { world, a, b } = await inCallWithHung('videoinput');
    a.engine.setCamera(false);
    a.media.hung.clear();
    a.engine.setCamera(true);
    await world.clock.flush();
    expect(b.engine.call?.remote.camera).toBe(true);
    a.media.release();
    await world.clock.flush();
    expect(a.media.live).toEqual(['mic1', 'cam1']);
  });

  it('lets the invite go out as soon as the person does without the camera', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.media.hung.add('videoinput');
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    a.engine.setCamera(false);
    await world.clock.flush();
    expect(b.engine.call?.phase).toBe('incoming');
  });

  it('does not delay the next call with sound only', async () => {
    const world = createWorld();
    const a = world.peer(peerA);
    const b = world.peer(peerB);
    a.media.hung.add('videoinput');
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    a.engine.hangUp();
    a.engine.dial(peerB, { video: false });
    await world.clock.flush();
    expect(b.engine.call?.phase).toBe('incoming');
    a.media.release();
    await world.clock.flush();
    expect(a.media.live).toEqual(['mic1']);
  });
});

describe('a device that is no longer wanted', () => {
  it.each([
    ['there is none', { media: new FakeMediaDevices([]) }],
    ['the system forbids it', { permission: { access: async () => Promise.resolve(ok('denied' as const)) } }],
  ])('shows no problem when %s', async (_why, options) => {
    const world = createWorld();
    const a = world.peer(peerA, options);
    a.engine.dial(peerB, { video: true });
    a.engine.hangUp();
    await world.clock.flush();
    expect([a.engine.devices.camera.problem, a.engine.devices.microphone.problem]).toEqual([null, null]);
  });
});
