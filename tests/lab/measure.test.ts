import { describe, expect, it } from 'vitest';
import { audioSilences, backAfter, concealedPercent, isSteady, longest, pictureSilences } from './measure.ts';
import type { Sample } from './observe.ts';

const PER_STEP = 4_800;

/**
 * A sample every 100 ms. Each letter is a step: `.` sound and picture, `c` half of the sound made up, `x` neither
 * sound nor picture, `a` sound alone.
 */
function samplesOf(script: string, connection = 1): readonly Sample[] {
  const samples: Sample[] = [{ at: 0, connection, played: 0, concealed: 0, frames: 0 }];
  for (const [index, letter] of script.split('').entries()) {
    const last = samples.at(-1);
    const concealed = letter === 'x' ? PER_STEP : letter === 'c' ? PER_STEP / 2 : 0;
    samples.push({
      at: (index + 1) * 100,
      connection,
      played: (last?.played ?? 0) + PER_STEP,
      concealed: (last?.concealed ?? 0) + concealed,
      frames: (last?.frames ?? 0) + (letter === 'x' || letter === 'a' ? 0 : 2),
    });
  }
  return samples;
}

describe('what a page has received', () => {
  it('has no silence where every step has sound', () => {
    expect(longest(audioSilences(samplesOf('......')))).toBe(0);
  });

  it('counts steps in which all sound was made up as one silence', () => {
    expect(audioSilences(samplesOf('..xxx..'))).toEqual([{ from: 200, to: 500, ms: 300 }]);
  });

  it('adds made-up sound at the edges of a silence to it', () => {
    expect(longest(audioSilences(samplesOf('..cxc..')))).toBe(200);
  });

  it('counts a step without any playout as silence', () => {
    const before = samplesOf('..');
    const samples = [...before, ...before.slice(-1).map((sample) => ({ ...sample, at: 900 }))];
    expect(longest(audioSilences(samples))).toBe(700);
  });

  it('begins to count at nothing with a new connection', () => {
    const later = samplesOf('..', 2).map((sample) => ({ ...sample, at: sample.at + 300 }));
    const all = [...samplesOf('..'), ...later];
    expect(concealedPercent(all)).toBe(0);
    expect(longest(audioSilences(all))).toBe(100);
  });

  it('tells the share of made-up sound', () => {
    expect(concealedPercent(samplesOf('.c.x'))).toBe(37.5);
    expect(concealedPercent([])).toBe(100);
  });

  it('counts pictures apart from sound', () => {
    const samples = samplesOf('..aaa..');
    expect(longest(audioSilences(samples))).toBe(0);
    expect(pictureSilences(samples)).toEqual([{ from: 200, to: 500, ms: 300 }]);
  });
});

describe('media after an outage', () => {
  const outage = `....${'x'.repeat(20)}....`;

  it('are back when the outage that was going on is over', () => {
    expect(backAfter(samplesOf(outage), 1_000)).toBe(1_400);
  });

  it('were never gone where no outage was long enough', () => {
    expect(backAfter(samplesOf('..xx......'), 100)).toBe(0);
  });

  it('are not back while the outage goes on', () => {
    expect(backAfter(samplesOf(`..${'x'.repeat(20)}`), 500)).toBeUndefined();
  });

  it('are not back with sound alone', () => {
    expect(backAfter(samplesOf(`..${'a'.repeat(20)}`), 500)).toBeUndefined();
  });

  it('are steady only when they have come for long enough since then', () => {
    expect(isSteady(samplesOf('x'.repeat(20) + '.'.repeat(12)), 2_000, 1_000)).toBe(true);
    expect(isSteady(samplesOf('x'.repeat(20) + '.'.repeat(8)), 2_000, 1_000)).toBe(false);
  });
});
