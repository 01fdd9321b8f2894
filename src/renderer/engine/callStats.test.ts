import { describe, expect, it } from 'vitest';
import { callSampleSchema } from '#shared/call/recording.ts';
import { pathOf, sampleOf, type StatsEntry, type StatsReport } from './callStats.ts';

const reportOf = (...entries: readonly StatsEntry[]): StatsReport =>
  new Map(entries.map((entry) => [String(entry.id), entry]));

const pair = [
  { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
  {
    ...{ id: 'P', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' },
    ...{ currentRoundTripTime: 0.0456, availableOutgoingBitrate: 1_234_567 },
  },
  {
    ...{ id: 'L', type: 'local-candidate', candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' },
    address: '2001:db8::1',
  },
  { id: 'R', type: 'remote-candidate', candidateType: 'srflx', protocol: 'udp', address: '192.0.2.1' },
] as const;

const opus = { id: 'C', type: 'codec', mimeType: 'audio/opus' };

const heard = (changes: object) => ({
  ...{ id: 'I', type: 'inbound-rtp', kind: 'audio', codecId: 'C', jitter: 0.004 },
  ...changes,
});

const span = { seconds: 2, at: 2_000 };

describe('a sample', () => {
  it('names the path without its addresses', () => {
    const sample = sampleOf({ before: reportOf(), now: reportOf(...pair), ...span });
    expect(sample).toMatchObject({ rttMs: 45.6, availableKbps: 1_234.6 });
    expect(sample.path).toEqual({
      ...{ local: 'relay', remote: 'srflx', protocol: 'udp', relayProtocol: 'tls', ipv6: true },
    });
    expect(JSON.stringify(sample)).not.toMatch(/2001|192\.0/);
    expect(pathOf(reportOf())).toBeNull();
  });

  it('reads rates from what was added since the report before', () => {
    const before = reportOf(
      heard({ bytesReceived: 1_000, packetsReceived: 100, packetsLost: 10, concealedSamples: 0 }),
    );
    const now = reportOf(
      opus,
      heard({
        ...{ bytesReceived: 9_000, packetsReceived: 190, packetsLost: 20 },
        ...{ concealedSamples: 6_000, silentConcealedSamples: 1_200, totalSamplesReceived: 96_000 },
      }),
    );
    expect(sampleOf({ before, now, ...span }).received.audio).toEqual({
      ...{ kbps: 32, loss: 10, jitterMs: 4, codec: 'opus', concealed: 5 },
    });
  });

  it('takes what the peer reports for the loss of what is sent', () => {
    const now = reportOf(
      { ...{ id: 'O', type: 'outbound-rtp', kind: 'video', bytesSent: 25_000, remoteId: 'X' } },
      { ...{ id: 'X', type: 'remote-inbound-rtp', kind: 'video', fractionLost: 0.125, jitter: 0.01 } },
    );
    expect(sampleOf({ before: reportOf(), now, ...span }).sent.video).toMatchObject({
      ...{ kbps: 100, loss: 12.5, jitterMs: 10, limitedBy: 'none' },
    });
  });

  it.each([
    ['out of all bounds', 1e15, 10_000_000],
    ['below nought', -1, 0],
  ])('keeps an estimate %s within its schema', (_what, availableOutgoingBitrate, kbps) => {
    const [transport, selected] = pair;
    const now = reportOf(transport, { ...selected, availableOutgoingBitrate });
    const sample = sampleOf({ before: reportOf(), now, ...span });
    expect(sample.availableKbps).toBe(kbps);
    expect(callSampleSchema.safeParse(sample).error).toBeUndefined();
  });

  it('keeps a picture out of all bounds within its schema', () => {
    const seen = { id: 'V', type: 'inbound-rtp', kind: 'video', frameWidth: 65_536, frameHeight: -1 };
    const sample = sampleOf({ before: reportOf(), now: reportOf(seen), ...span });
    expect(sample.received.video).toMatchObject({ width: 32_768, height: 0 });
    expect(callSampleSchema.safeParse(sample).error).toBeUndefined();
  });

  it.each([
    ['another track, whose counters begin anew', { bytesReceived: 500, packetsReceived: 5, packetsLost: 0 }],
    ['packets that came late after all', { bytesReceived: 2_000, packetsReceived: 200, packetsLost: 2 }],
    ['nothing at all', {}],
    ['counters that are no numbers', { bytesReceived: 'a', packetsReceived: Number.NaN, jitter: null }],
    ['counters out of all bounds', { bytesReceived: 1e12, packetsReceived: 1e9, jitter: 1e9 }],
  ])('stays within its schema for %s', (_what, counters) => {
    const before = reportOf(heard({ bytesReceived: 1_000, packetsReceived: 100, packetsLost: 10 }));
    const sample = sampleOf({ before, now: reportOf(...pair, heard(counters)), ...span });
    expect(callSampleSchema.safeParse(sample).error).toBeUndefined();
  });
});
