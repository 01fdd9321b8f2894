import type { CallRecording, CallSample } from '#shared/call/recording.ts';
import { qualityBounds } from './quality.ts';

/**
 * What a call suffered from most, for one sentence about it. From one end nobody can tell the last mile of the one
 * from that of the other; what can be told is the direction in which something was lost.
 */
export type Verdict =
  | { readonly kind: 'none' | 'good' }
  /** There was no connection at all. */
  | { readonly kind: 'interrupted'; readonly seconds: number; readonly times: number }
  /** Of what the peer sent (`here`), of what we sent (`there`), or of both. */
  | {
      readonly kind: 'lossHere' | 'lossThere' | 'lossBoth';
      readonly seconds: number;
      /** Of those seconds, on average. */
      readonly percent: number;
    }
  | { readonly kind: 'delay'; readonly seconds: number; readonly ms: number }
  | { readonly kind: 'lowBandwidth'; readonly seconds: number; readonly kbps: number }
  /** The own computer was too slow for the picture that it sent. */
  | { readonly kind: 'slowComputer'; readonly seconds: number }
  /** The picture of the peer stood still although nothing was lost. */
  | { readonly kind: 'frozen'; readonly seconds: number };

/** Seconds of trouble that are worth a sentence: less than that nobody remembers. */
const leastSeconds = 3;

/** Samples of a call that say anything: the first seconds are those of getting up to speed. */
const leastSamples = 5;

interface Finding {
  readonly verdict: Verdict;
  /** Seconds, weighed by how much they disturb. */
  readonly weight: number;
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);

const lossHere = ({ received }: CallSample): number =>
  Math.max(received.audio?.loss ?? 0, received.audio?.concealed ?? 0, received.video?.loss ?? 0);

const lossThere = ({ sent }: CallSample): number => Math.max(sent.audio?.loss ?? 0, sent.video?.loss ?? 0);

const { rttMs, lossPercent, frozenMs, availableKbps } = qualityBounds;

function lossOf(samples: readonly CallSample[], perSample: number): Finding {
  const here = samples.filter((sample) => lossHere(sample) >= lossPercent.fair);
  const there = samples.filter((sample) => lossThere(sample) >= lossPercent.fair);
  const both = Math.min(here.length, there.length) * 2 >= Math.max(here.length, there.length);
  const worse = here.length >= there.length ? here : there;
  const values = worse.map((sample) => (worse === here ? lossHere(sample) : lossThere(sample)));
  const kind = both ? 'lossBoth' : worse === here ? 'lossHere' : 'lossThere';
  const seconds = Math.round(worse.length * perSample);
  return { verdict: { kind, seconds, percent: mean(values) }, weight: seconds * 2 };
}

/** Time without a connection, from its states and the call's own end. */
function interruptions({ events, seconds }: CallRecording): Finding {
  let lostAt: number | undefined;
  let lostMs = 0;
  let times = 0;
  for (const { kind, value, at } of events) {
    if (kind !== 'connection') {
      continue;
    }
    const lost = value === 'disconnected' || value === 'failed';
    if (lost && lostAt === undefined) {
      lostAt = at;
      times++;
    } else if (value === 'connected' && lostAt !== undefined) {
      lostMs += at - lostAt;
      lostAt = undefined;
    }
  }
  if (lostAt !== undefined) {
    lostMs += Math.max(0, seconds * 1_000 - lostAt);
  }
  const lost = Math.round(lostMs / 1_000);
  return { verdict: { kind: 'interrupted', seconds: lost, times }, weight: lost * 4 };
}

function counted(
  samples: readonly CallSample[],
  perSample: number,
  holds: (sample: CallSample) => boolean,
  verdict: (seconds: number, found: readonly CallSample[]) => Verdict,
): Finding {
  const found = samples.filter(holds);
  const seconds = Math.round(found.length * perSample);
  return { verdict: verdict(seconds, found), weight: seconds };
}

/** The one thing that most disturbed a call; pure. */
export function verdictOf(recording: CallRecording): Verdict {
  const { samples, every } = recording;
  const connected = samples.some(({ path }) => path !== null);
  if (samples.length < leastSamples || !connected) {
    return { kind: 'none' };
  }
  const perSample = every / 1_000;
  const findings: readonly Finding[] = [
    interruptions(recording),
    lossOf(samples, perSample),
    counted(
      samples,
      perSample,
      (sample) => (sample.rttMs ?? 0) >= rttMs.fair,
      (seconds, found) => ({ kind: 'delay', seconds, ms: mean(found.map((sample) => sample.rttMs ?? 0)) }),
    ),
    counted(
      samples,
      perSample,
      ({ sent, availableKbps: room }) => sent.video !== null && room !== null && room < availableKbps.fair,
      (seconds, found) => ({
        kind: 'lowBandwidth',
        seconds,
        kbps: mean(found.map((sample) => sample.availableKbps ?? 0)),
      }),
    ),
    counted(
      samples,
      perSample,
      ({ sent }) => sent.video?.limitedBy === 'cpu',
      (seconds) => ({ kind: 'slowComputer', seconds }),
    ),
    counted(
      samples,
      perSample,
      (sample) =>
        (sample.received.video?.frozenMs ?? 0) >= frozenMs.fair && lossHere(sample) < lossPercent.fair,
      (seconds) => ({ kind: 'frozen', seconds }),
    ),
  ];
  const worst = findings.reduce((a, b) => (b.weight > a.weight ? b : a));
  const { verdict } = worst;
  return 'seconds' in verdict && verdict.seconds >= leastSeconds ? verdict : { kind: 'good' };
}
