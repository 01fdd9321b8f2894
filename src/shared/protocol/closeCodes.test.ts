import { expect, it } from 'vitest';
import { closeCodes, closeReason } from './closeCodes.ts';

it('every close code is in the private range and used once', () => {
  const codes = Object.values(closeCodes).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.every((code) => code >= 4000 && code <= 4999)).toBe(true);
});

it('a close code is found by its number, and foreign ones are not ours', () => {
  expect(closeReason(4409)).toBe('replaced');
  expect(closeReason(1006)).toBeUndefined();
});
