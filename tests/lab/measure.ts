import type { Sample } from './observe.ts';

/** A time in which nothing of what the peer said, or showed, was played. */
interface Silence {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** The rate that totals of samples are counted in (Opus, RFC 7587 section 4.1), per millisecond. */
const SAMPLES_PER_MS = 48;

interface Step {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
  readonly heard: number;
  readonly concealed: number;
  readonly shown: number;
}

/** What happened between each two samples; a new connection begins at nothing. */
function steps(samples: readonly Sample[]): readonly Step[] {
  return samples.slice(1).map((sample, index) => {
    const before = samples[index] ?? sample;
    const same = before.connection === sample.connection;
    const played = sample.played - (same ? before.played : 0);
    const concealed = sample.concealed - (same ? before.concealed : 0);
    return {
      from: before.at,
      to: sample.at,
      ms: sample.at - before.at,
      heard: Math.max(0, played - concealed),
      concealed: Math.max(0, concealed),
      shown: sample.frames - before.frames,
    };
  });
}

/**
 * Times without sound. A step with both real and made-up samples ends one and begins the next, each with what was
 * made up: their order within a step is not known.
 */
export function audioSilences(samples: readonly Sample[]): readonly Silence[] {
  const found: Silence[] = [];
  let open: Silence | undefined;
  const add = (step: Step, ms: number): void => {
    open = { from: open?.from ?? step.from, to: step.to, ms: (open?.ms ?? 0) + ms };
  };
  const end = (): void => {
    if (open !== undefined) {
      found.push(open);
    }
    open = undefined;
  };
  for (const step of steps(samples)) {
    const madeUp = Math.min(step.ms, step.concealed / SAMPLES_PER_MS);
    if (step.heard === 0) {
      add(step, step.ms);
    } else if (madeUp > 0) {
      add(step, madeUp);
      end();
      add(step, madeUp);
    } else {
      end();
    }
  }
  end();
  return found;
}

/** Times without a new picture. */
export function pictureSilences(samples: readonly Sample[]): readonly Silence[] {
  const found: Silence[] = [];
  let from: number | undefined;
  for (const step of steps(samples)) {
    if (step.shown === 0) {
      from ??= step.from;
    } else if (from !== undefined) {
      found.push({ from, to: step.from, ms: step.from - from });
      from = undefined;
    }
  }
  const last = samples.at(-1);
  return from === undefined || last === undefined
    ? found
    : [...found, { from, to: last.at, ms: last.at - from }];
}

export const longest = (silences: readonly Silence[]): number =>
  Math.round(Math.max(0, ...silences.map(({ ms }) => ms)));

/** Share of all played samples that were made up. */
export function concealedPercent(samples: readonly Sample[]): number {
  const all = steps(samples);
  const concealed = all.reduce((sum, step) => sum + step.concealed, 0);
  const heard = all.reduce((sum, step) => sum + step.heard, 0);
  return concealed + heard === 0 ? 100 : (100 * concealed) / (concealed + heard);
}

/** What lasts as long is no jitter and no slow moment of the machine any more, milliseconds. */
const OUTAGE_MS = 400;
/** Pictures come in larger steps, and the encoder may skip many on a thin line. */
const FREEZE_MS = 1_000;

/**
 * How long after `from` the last outage of sound and picture was over; 0: there was none. Undefined: sound or
 * picture are not back.
 */
export function backAfter(samples: readonly Sample[], from: number): number | undefined {
  const last = samples.at(-1)?.at ?? 0;
  const outages = [
    ...audioSilences(samples).filter(({ ms }) => ms >= OUTAGE_MS),
    ...pictureSilences(samples).filter(({ ms }) => ms >= FREEZE_MS),
  ].filter(({ to }) => to > from);
  return outages.some(({ to }) => to >= last)
    ? undefined
    : Math.max(0, ...outages.map(({ to }) => to - from));
}

export const between = (
  samples: readonly Sample[],
  from: number,
  to = Number.POSITIVE_INFINITY,
): readonly Sample[] => samples.filter(({ at }) => at >= from && at <= to);

/** Sound and picture have come without an outage for the last `ms`, none of it before `since`. */
export function isSteady(samples: readonly Sample[], since: number, ms: number): boolean {
  const last = samples.at(-1)?.at ?? 0;
  const recent = between(samples, last - ms);
  return (
    last - ms >= since &&
    longest(audioSilences(recent)) < OUTAGE_MS &&
    longest(pictureSilences(recent)) < FREEZE_MS
  );
}
