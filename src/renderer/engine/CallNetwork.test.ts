import { describe, expect, it } from 'vitest';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { CallNetwork } from './CallNetwork.ts';
import type { StatsEntry, StatsReport } from './callStats.ts';
import type { NetworkReading } from './types.ts';
import type { VideoStep } from './videoPolicy.ts';

/** What the path is like now. */
interface Path {
  lossThere: number;
  rtt: number;
  kbps: number;
  local: 'host' | 'relay';
}

const reportOf = ({ lossThere, rtt, kbps, local }: Path): StatsReport => {
  const entries: readonly StatsEntry[] = [
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
    {
      ...{ id: 'P', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' },
      ...{ currentRoundTripTime: rtt, availableOutgoingBitrate: kbps * 1_000 },
    },
    { id: 'L', type: 'local-candidate', candidateType: local, protocol: 'udp', relayProtocol: 'tcp' },
    { id: 'R', type: 'remote-candidate', candidateType: 'host', protocol: 'udp' },
    { id: 'O', type: 'outbound-rtp', kind: 'video', remoteId: 'X' },
    { id: 'X', type: 'remote-inbound-rtp', kind: 'video', fractionLost: lossThere },
  ];
  return new Map(entries.map((entry) => [String(entry.id), entry]));
};

function watch(options: { readonly dataSaver?: boolean } = {}) {
  const clock = new FakeClock();
  const path: Path = { lossThere: 0, rtt: 0.03, kbps: 2_500, local: 'host' };
  const facts = { camera: true, dataSaver: options.dataSaver ?? false };
  const steps: VideoStep['name'][] = [];
  const held: boolean[] = [];
  const readings: Omit<NetworkReading, 'callId'>[] = [];
  const network = new CallNetwork({
    clock,
    logger: testLogger().logger,
    dataSaver: () => facts.dataSaver,
    read: async () => Promise.resolve(reportOf(path)),
    sendsPicture: () => facts.camera,
    apply: ({ name }) => steps.push(name),
    onHeld: (now) => held.push(now),
    onReading: (reading) => readings.push(reading),
  });
  const seconds = async (count: number) => clock.advance(count * 1_000);
  return { clock, path, facts, steps, held, readings, network, seconds };
}

const bad = { lossThere: 0.3 };
const good = { lossThere: 0 };

describe('the network of a call', () => {
  it('is read each second once both agreed, until the call is over', async () => {
    const { network, readings, seconds, clock } = watch();
    await seconds(5);
    expect(readings).toEqual([]);
    network.start();
    await seconds(10);
    // The first report is what the second one is compared with.
    expect(readings).toHaveLength(9);
    expect(readings.at(-1)).toMatchObject({ reading: { quality: 'good' }, held: false });
    network.close();
    await seconds(10);
    expect([readings.length, clock.pendingTimers]).toEqual([9, 0]);
    expect(network.content).toMatchObject({ every: 1_000, samples: { length: 9 } });
  });

  it('notes what changed, and when', async () => {
    const { network, path, seconds } = watch();
    network.note('ice', 'checking');
    network.start();
    await seconds(3);
    network.note('ice', 'checking');
    path.local = 'relay';
    await seconds(1);
    network.note('restart', 'no-path');
    network.note('restart', 'no-path');
    expect(network.content.events).toEqual([
      { at: 0, kind: 'ice', value: 'checking' },
      { at: 2_000, kind: 'path', value: 'direct-udp' },
      { at: 4_000, kind: 'path', value: 'relay-tcp' },
      { at: 4_000, kind: 'restart', value: 'no-path' },
      { at: 4_000, kind: 'restart', value: 'no-path' },
    ]);
  });
});

describe('the own picture', () => {
  it('is lowered step by step, then held back, and comes back by itself', async () => {
    const { network, path, steps, held, readings, seconds } = watch();
    network.start();
    await seconds(2);
    Object.assign(path, bad);
    await seconds(12);
    expect(steps).toEqual(['full', 'high', 'medium', 'low', 'off']);
    expect(held).toEqual([true]);
    expect(readings.at(-1)).toMatchObject({ held: true });
    Object.assign(path, good);
    await seconds(10);
    expect([steps.at(-1), held]).toEqual(['low', [true, false]]);
    expect(readings.at(-1)?.events.filter(({ kind }) => kind === 'adaptation')).toHaveLength(5);
  });

  it('is not held back while the camera is off, and not lowered for a voice', async () => {
    const { network, path, facts, steps, held, seconds } = watch();
    facts.camera = false;
    network.start();
    Object.assign(path, bad);
    await seconds(30);
    expect([steps, held]).toEqual([[], []]);
  });

  it('that was held back when the camera went off is no more, until the camera comes back', async () => {
    const { network, path, facts, held, readings, seconds } = watch();
    network.start();
    Object.assign(path, bad);
    await seconds(20);
    facts.camera = false;
    await seconds(1);
    expect(readings.at(-1)).toMatchObject({ held: false });
    facts.camera = true;
    await seconds(1);
    expect(readings.at(-1)).toMatchObject({ held: true });
    expect(held).toEqual([true, false, true]);
  });

  it('begins small with data saver, and becomes so at once when it is switched on', async () => {
    const saving = watch({ dataSaver: true });
    saving.network.start();
    expect(saving.steps).toEqual(['medium']);
    const later = watch();
    later.network.start();
    await later.seconds(3);
    later.facts.dataSaver = true;
    await later.seconds(1);
    expect(later.steps).toEqual(['full', 'medium']);
  });

  it('is told to the sender of another connection again', async () => {
    const { network, steps, seconds } = watch();
    network.start();
    await seconds(3);
    network.renew();
    expect(steps).toEqual(['full', 'full']);
    await seconds(2);
    expect(steps).toEqual(['full', 'full']);
    expect(network.content.events.filter(({ kind }) => kind === 'adaptation')).toEqual([]);
  });
});
