import { describe, expect, it } from 'vitest';
import type { CallRecording } from '#shared/call/recording.ts';
import type { Settings } from '#shared/settings.ts';
import { createWorld, networkOf, peerA, peerB, type World } from '#tests/support/engine/engineWorld.ts';
import type { StatsReport } from './callStats.ts';
import type { NetworkReading } from './types.ts';

/** A path over which that part of what is sent is lost, 0 to 1. */
const losing = (fractionLost: number): StatsReport =>
  new Map([
    ['T', { id: 'T', type: 'transport', selectedCandidatePairId: 'P' }],
    ['P', { id: 'P', type: 'candidate-pair', currentRoundTripTime: 0.02 }],
    ['O', { id: 'O', type: 'outbound-rtp', kind: 'audio', remoteId: 'X' }],
    ['X', { id: 'X', type: 'remote-inbound-rtp', kind: 'audio', fractionLost }],
  ]);

const setStats = (world: World, stats: StatsReport) => {
  for (const connection of world.rtc.connections) {
    connection.stats = stats;
  }
};

async function watched(world: World = createWorld()) {
  const { a, b } = await world.inCall();
  const readings: NetworkReading[] = [];
  const recordings: CallRecording[] = [];
  a.engine.on('network', (reading) => readings.push(reading));
  a.engine.on('recording', (recording) => recordings.push(recording));
  setStats(world, losing(0));
  return { world, a, b, readings, recordings };
}

describe('the network in a call', () => {
  it('is told each second, and all of it once at the end', async () => {
    const { world, a, readings, recordings } = await watched();
    await world.clock.advance(10_000);
    expect(readings.length).toBeGreaterThan(7);
    a.engine.hangUp();
    a.engine.dismiss();
    await world.clock.advance(5_000);
    expect(recordings).toHaveLength(1);
    expect(recordings[0]).toMatchObject({
      ...{ v: 1, direction: 'outgoing', video: true, end: 'hungUp', every: 1_000 },
      callId: readings[0]?.callId,
      seconds: 10,
      samples: { length: readings.length },
    });
    const phases = recordings[0]?.events.filter(({ kind }) => kind === 'phase').map(({ value }) => value);
    expect(phases).toEqual(['outgoing', 'connected', 'ended']);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('is not recorded of a call that nobody took', async () => {
    const world = createWorld();
    const [a] = [world.peer(peerA), world.peer(peerB)];
    const recordings: CallRecording[] = [];
    a.engine.on('recording', (recording) => recordings.push(recording));
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    a.engine.hangUp();
    expect(recordings).toEqual([]);
  });

  it('that is too bad takes the picture away on both sides, and gives it back', async () => {
    const { world, a, b, readings } = await watched();
    await world.clock.advance(2_000);
    setStats(world, losing(0.4));
    await world.clock.advance(14_000);
    expect(readings.at(-1)?.held).toBe(true);
    expect(a.engine.call?.local.camera).toBe(false);
    expect(b.engine.call?.remote.camera).toBe(false);
    const video = world.rtc.connections[0]?.getTransceivers().find(({ kind }) => kind === 'video');
    expect(video?.sender.getParameters().encodings).toMatchObject([{ active: false }]);
    // The camera stays open: nothing has to be opened again when it comes back.
    expect(video?.sender.track?.readyState).toBe('live');
    setStats(world, losing(0));
    await world.clock.advance(12_000);
    expect(b.engine.call?.remote.camera).toBe(true);
    expect(video?.sender.getParameters().encodings).toMatchObject([{ active: true, maxBitrate: 150_000 }]);
  });

  it('that is too bad does not keep the camera from being turned off and on again', async () => {
    const { world, a, readings } = await watched();
    setStats(world, losing(0.4));
    await world.clock.advance(16_000);
    expect(readings.at(-1)?.held).toBe(true);
    a.engine.setCamera(false);
    await world.clock.advance(1_000);
    expect(readings.at(-1)?.held).toBe(false);
    a.engine.setCamera(true);
    await world.clock.flush();
    expect(a.engine.call?.local.camera).toBe(true);
  });

  it('carries sound before the picture', async () => {
    const { world } = await watched();
    const audio = world.rtc.connections[0]?.getTransceivers().find(({ kind }) => kind === 'audio');
    expect(audio?.sender.getParameters().encodings).toMatchObject([
      { priority: 'high', networkPriority: 'high' },
    ]);
  });

  it('has the codecs in the order that the person wants, on both sides', async () => {
    const world = createWorld();
    const a = world.peer(peerA, { network: networkOf({ videoCodecs: ['AV1'] }) });
    const b = world.peer(peerB, { network: networkOf({ videoCodecs: ['VP9', 'H264'] }) });
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    b.engine.accept({ video: true });
    await world.clock.flush();
    const names = world.rtc.connections.map((connection) =>
      connection
        .getTransceivers()
        .find(({ kind }) => kind === 'video')
        ?.codecs.map(({ mimeType }) => mimeType.slice(6)),
    );
    expect(names).toEqual([
      ['AV1', 'VP8', 'rtx', 'VP9', 'H264'],
      ['VP9', 'H264', 'VP8', 'rtx', 'AV1'],
    ]);
  });

  it.each<[string, Partial<Settings['network']>, boolean]>([
    ['a callee who is connected to while it rings', { fastAnswer: 'contacts' }, false],
    ['a callee who is connected to on accept', { fastAnswer: 'never' }, false],
    ['a call that gets another connection on accept', { fastAnswer: 'contacts' }, true],
  ])('is small from the start with data saver, for %s', async (_who, settings, moves) => {
    const world = createWorld();
    const network = networkOf({ dataSaver: true, ...settings });
    const a = world.peer(peerA, { network });
    const b = world.peer(peerB, { network });
    a.engine.dial(peerB, { video: true });
    await world.clock.flush();
    if (moves) {
      a.networkChanges();
    }
    b.engine.accept({ video: true });
    await world.clock.flush();
    const open = world.rtc.connections.filter(({ connectionState }) => connectionState === 'connected');
    const encodings = open.map(
      (connection) =>
        connection
          .getTransceivers()
          .find(({ kind }) => kind === 'video')
          ?.sender.getParameters().encodings,
    );
    expect(encodings).toMatchObject([[{ maxBitrate: 400_000 }], [{ maxBitrate: 400_000 }]]);
  });

  it('follows a change of data saver at once', async () => {
    const { world, a } = await watched();
    await world.clock.advance(3_000);
    a.engine.setNetwork(networkOf({ dataSaver: true }));
    await world.clock.advance(2_000);
    const video = world.rtc.connections[0]?.getTransceivers().find(({ kind }) => kind === 'video');
    expect(video?.sender.getParameters().encodings).toMatchObject([{ maxBitrate: 400_000 }]);
  });
});
