/** Cancels a timer; harmless when it has fired already. */
export type CancelTimer = () => void;

/** Time as a port, so that every timeout can be tested without waiting. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch; may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations. */
  monotonic(): number;
  /** Runs `task` once after `ms` milliseconds. */
  after(ms: number, task: () => void): CancelTimer;
}

// This layer has neither DOM nor Node types; both environments provide these.
declare function setTimeout(task: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare const performance: { now(): number };

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
