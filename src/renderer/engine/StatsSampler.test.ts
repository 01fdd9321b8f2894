import { describe, expect, it } from 'vitest';
import type { CallSample } from '#shared/call/recording.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import type { StatsReport } from './callStats.ts';
import { StatsSampler } from './StatsSampler.ts';

function setUp(read: () => Promise<StatsReport | undefined>) {
  const clock = new FakeClock();
  const samples: CallSample[] = [];
  const sampler = new StatsSampler({
    read,
    onSample: (sample) => samples.push(sample),
    clock,
    logger: testLogger().logger,
  });
  sampler.start();
  return { clock, samples, sampler };
}

const empty: StatsReport = new Map();

describe('the sampler', () => {
  it('gives a sample a second from the second report on, and none after its end', async () => {
    const { clock, samples, sampler } = setUp(async () => Promise.resolve(empty));
    await clock.advance(4_000);
    expect(samples.map(({ at }) => at)).toEqual([2_000, 3_000, 4_000]);
    sampler.close();
    await clock.advance(4_000);
    expect(samples).toHaveLength(3);
  });

  it('goes on after a connection that could not be read, or was not there', async () => {
    let round = 0;
    const { clock, samples } = setUp(async () => {
      round++;
      return round === 2
        ? Promise.reject(new Error('closed'))
        : Promise.resolve(round === 3 ? undefined : empty);
    });
    await clock.advance(6_000);
    expect(samples.length).toBeGreaterThanOrEqual(2);
  });

  it('asks for one report at a time', async () => {
    let open = 0;
    let most = 0;
    let answer: () => void = () => undefined;
    const { clock } = setUp(async () => {
      open++;
      most = Math.max(most, open);
      return new Promise((resolve) => {
        answer = () => {
          open--;
          resolve(empty);
        };
      });
    });
    await clock.advance(5_000);
    answer();
    await clock.advance(2_000);
    expect(most).toBe(1);
  });
});
