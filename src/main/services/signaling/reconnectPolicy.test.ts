import { describe, expect, it } from 'vitest';
import { longestDelayMs, reconnectDelay } from './reconnectPolicy.ts';

describe('reconnectDelay', () => {
  it.each([
    ['backoff', 1, 0, 250],
    ['backoff', 1, 0.999_999, 500],
    ['backoff', 2, 0, 500],
    ['backoff', 3, 0.999_999, 2_000],
    ['backoff', 6, 0, 7_500],
    ['backoff', 1_000, 0.999_999, longestDelayMs],
    ['now', 1, 0.5, 0],
    ['now', 2, 0, 500],
    ['never', 1, 0, null],
    ['never', 9, 0.5, null],
  ] as const)('%s after %i failures with chance %d waits %j ms', (advice, failures, random, ms) => {
    expect(reconnectDelay({ advice, failures, random })).toBe(ms);
  });
});
