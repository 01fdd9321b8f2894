import type { RetryAdvice } from '#shared/protocol/closeCodes.ts';

/** Longest wait between two attempts, milliseconds: somebody who restarts a server should not wait for us. */
export const longestDelayMs = 15_000;

const firstDelayMs = 500;

/** Online for this long, milliseconds, and the next loss counts as the first one again. */
export const stableMs = 10_000;

/**
 * How long to wait before the next attempt, milliseconds; null: not by itself. Delays double from 500 ms to
 * 15 s, and each is drawn from its upper half, so that the clients of a server that fell over do not come back
 * all at once.
 */
export function reconnectDelay(facts: {
  readonly advice: RetryAdvice;
  /** Losses and failed attempts in a row, this one included; at least 1. */
  readonly failures: number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: number;
}): number | null {
  const { advice, failures, random } = facts;
  if (advice === 'never') {
    return null;
  }
  if (advice === 'now' && failures === 1) {
    return 0;
  }
  const longest = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures - 1, 16));
  return Math.round(longest * (0.5 + random / 2));
}
