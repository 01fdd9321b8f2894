/**
 * What the own picture may cost. The browser's own congestion control fits the picture to the path from frame to
 * frame; these steps are the coarse ones above it, for a path that is so bad that the voice is in danger. Sound always
 * goes first. Pure: the same readings give the same steps.
 */

/** A level of the picture, the best first. `scale`: by how much width and height are divided. */
export interface VideoStep {
  readonly name: 'full' | 'high' | 'medium' | 'low' | 'off';
  /** Ceiling of the encoder, kilobits per second. */
  readonly maxKbps: number;
  readonly scale: number;
  readonly maxFps: number;
}

const off: VideoStep = { name: 'off', maxKbps: 0, scale: 4, maxFps: 15 };

/**
 * Ceilings for a camera of 1280 by 720: about 0.07 bits a pixel for VP8 and H.264 at 30 pictures a second, less where
 * the picture is small. Below `low` a picture is a slide show, and its bits are better spent on the voice.
 */
export const videoSteps: readonly VideoStep[] = [
  { name: 'full', maxKbps: 2_000, scale: 1, maxFps: 30 },
  { name: 'high', maxKbps: 900, scale: 1.5, maxFps: 30 },
  { name: 'medium', maxKbps: 400, scale: 2, maxFps: 24 },
  { name: 'low', maxKbps: 150, scale: 4, maxFps: 15 },
  off,
];

/** The best step with "data saver" on: about 3 MB a minute. */
const dataSaverStep = 2;

/** What one second said; null: unknown. */
export interface VideoReading {
  /** Packets lost of what we send, percent; the worse of sound and picture. */
  readonly loss: number | null;
  readonly rttMs: number | null;
  /** Room on the path for all that is sent, kilobits per second. */
  readonly availableKbps: number | null;
}

export interface VideoState {
  /** Index in `videoSteps`. */
  readonly step: number;
  /** Seconds in a row that were too bad, or good enough for the step above. */
  readonly bad: number;
  readonly good: number;
  /** Good seconds that a step up needs; doubles when the last step up did not hold. */
  readonly patience: number;
  /** Seconds since a step up of which it is not settled yet whether it holds; null: there is none. */
  readonly sinceUp: number | null;
}

export const policyBounds = {
  /** Bad seconds in a row before a step down: one lost burst is none. */
  badSeconds: 3,
  /** Loss of what we send from which the picture is lowered, percent; half of it allows a step up. */
  lossPercent: 10,
  /** A round trip that says the path is full, milliseconds. */
  rttMs: 1_000,
  /** Room on the path below which no picture is worth its bits, and from which one may be tried; kilobits per second. */
  leastKbps: 100,
  enoughKbps: 150,
  /** First patience and its limit, seconds. */
  patience: 8,
  longestPatience: 64,
  /** A step up that is taken back within this many seconds did not hold. */
  heldSeconds: 10,
} as const;

export const initialVideoState = (dataSaver: boolean): VideoState => ({
  step: dataSaver ? dataSaverStep : 0,
  bad: 0,
  good: 0,
  patience: policyBounds.patience,
  sinceUp: null,
});

/** The step in force. */
export const videoStepOf = ({ step }: VideoState): VideoStep => videoSteps[step] ?? off;

/** One second later. */
export function nextVideoState(state: VideoState, reading: VideoReading, dataSaver: boolean): VideoState {
  const best = dataSaver ? dataSaverStep : 0;
  if (state.step < best) {
    return { ...initialVideoState(dataSaver), patience: state.patience };
  }
  const bad = isBad(reading) ? state.bad + 1 : 0;
  const good = state.step > best && isGood(state, reading) ? state.good + 1 : 0;
  const next = { ...state, bad, good, sinceUp: state.sinceUp === null ? null : state.sinceUp + 1 };
  if (bad >= policyBounds.badSeconds && state.step < videoSteps.length - 1) {
    return { ...stepDown(next), bad: 0, good: 0 };
  }
  if (good >= state.patience && state.step > best) {
    return { ...next, step: state.step - 1, bad: 0, good: 0, sinceUp: 0 };
  }
  return next;
}

/** The first step down after a step up settles how long the next one up has to wait; those after it say nothing of that. */
function stepDown(state: VideoState): VideoState {
  return { ...state, step: state.step + 1, patience: patienceAfter(state), sinceUp: null };
}

/** A step up that does not hold makes the next one wait twice as long, so that the picture does not flap. */
function patienceAfter({ sinceUp, patience }: VideoState): number {
  if (sinceUp === null) {
    return patience;
  }
  return sinceUp > policyBounds.heldSeconds
    ? policyBounds.patience
    : Math.min(patience * 2, policyBounds.longestPatience);
}

function isBad({ loss, rttMs, availableKbps }: VideoReading): boolean {
  return (
    (loss ?? 0) >= policyBounds.lossPercent ||
    (rttMs ?? 0) >= policyBounds.rttMs ||
    (availableKbps ?? policyBounds.enoughKbps) < policyBounds.leastKbps
  );
}

function isGood({ step }: VideoState, { loss, rttMs, availableKbps }: VideoReading): boolean {
  // Without a picture nothing probes the path, and the last estimate stands for ever.
  const probed = step < videoSteps.length - 1;
  return (
    (loss ?? 0) < policyBounds.lossPercent / 2 &&
    (rttMs ?? 0) < policyBounds.rttMs / 2 &&
    (!probed || (availableKbps ?? policyBounds.enoughKbps) >= policyBounds.enoughKbps)
  );
}
