import { expect, it } from 'vitest';
import { levelOf } from './AudioLevels.ts';

it.each([
  ['silence', 0, 0],
  ['below the floor', 0.0001, 0],
  ['half way', 0.0316, 0.5],
  ['full scale', 1, 1],
])('reads %s', (_name, amplitude, level) => {
  expect(levelOf(new Float32Array(64).fill(amplitude))).toBeCloseTo(level, 2);
});
