import { describe, expect, it } from 'vitest';
import type { CallSample } from '#shared/call/recording.ts';
import { goodSample, lostHere, lostThere, recordingOf } from '#tests/support/engine/samples.ts';
import { verdictOf } from './verdict.ts';

const mixed = (count: number, bad: () => CallSample) =>
  Array.from({ length: 60 }, (_, second) => (second < count ? bad() : goodSample()));

describe('what is said of a call', () => {
  it('is nothing when it was too short to tell', () => {
    expect(verdictOf(recordingOf({ samples: [goodSample()] }))).toEqual({ kind: 'none' });
  });

  it('is nothing when there never was a path', () => {
    const samples = Array.from({ length: 20 }, () => goodSample({ path: null }));
    expect(verdictOf(recordingOf({ samples }))).toEqual({ kind: 'none' });
  });

  it.each([
    ['a good one', mixed(0, goodSample), { kind: 'good' }],
    ['two bad seconds, which nobody remembers', mixed(2, () => lostHere(20)), { kind: 'good' }],
    ['loss of what came', mixed(40, () => lostHere(9)), { kind: 'lossHere', seconds: 40, percent: 9 }],
    ['loss of what was sent', mixed(40, () => lostThere(9)), { kind: 'lossThere', seconds: 40, percent: 9 }],
    [
      'loss both ways',
      mixed(30, () => ({ ...lostHere(9), sent: lostThere(8).sent })),
      { kind: 'lossBoth', seconds: 30, percent: 9 },
    ],
    ['a long way', mixed(20, () => goodSample({ rttMs: 600 })), { kind: 'delay', seconds: 20, ms: 600 }],
    [
      'little room',
      mixed(20, () => goodSample({ availableKbps: 120 })),
      { kind: 'lowBandwidth', seconds: 20, kbps: 120 },
    ],
  ] as const)('is the matter of %s', (_what, samples, verdict) => {
    expect(verdictOf(recordingOf({ samples }))).toEqual(verdict);
  });

  it('puts time without a connection above everything else', () => {
    const events = [
      { at: 10_000, kind: 'connection', value: 'disconnected' },
      { at: 12_000, kind: 'connection', value: 'failed' },
      { at: 16_000, kind: 'connection', value: 'connected' },
    ] as const;
    const samples = mixed(10, () => lostHere(9));
    expect(verdictOf(recordingOf({ samples, events: [...events] }))).toEqual({
      kind: 'interrupted',
      seconds: 6,
      times: 1,
    });
  });

  it('counts a connection that never came back up to the end of the call', () => {
    const events = [{ at: 50_000, kind: 'connection', value: 'failed' }] as const;
    expect(verdictOf(recordingOf({ events: [...events] }))).toMatchObject({
      kind: 'interrupted',
      seconds: 10,
    });
  });

  it('counts seconds, however far apart the samples are', () => {
    const samples = mixed(10, () => lostHere(9));
    expect(verdictOf(recordingOf({ samples, every: 4_000 }))).toMatchObject({ seconds: 40 });
  });
});
