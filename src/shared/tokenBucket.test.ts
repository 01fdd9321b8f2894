import { expect, test } from 'vitest';
import { TokenBucket } from './tokenBucket.ts';

const takeTimes = (bucket: TokenBucket, times: number, now: number) =>
  Array.from({ length: times }, () => bucket.take(now));

test('a full bucket gives its capacity at once and then nothing', () => {
  const bucket = new TokenBucket({ perSecond: 10, capacity: 3, now: 0 });
  expect(takeTimes(bucket, 4, 0)).toEqual(['taken', 'taken', 'taken', 'empty']);
});

test('tokens come back at the rate, up to the capacity', () => {
  const bucket = new TokenBucket({ perSecond: 10, capacity: 2, now: 0 });
  takeTimes(bucket, 2, 0);
  expect(bucket.take(100)).toBe('taken');
  expect(takeTimes(bucket, 3, 60_000)).toEqual(['taken', 'taken', 'empty']);
});

test('asking on and on while it is empty exhausts it', () => {
  const bucket = new TokenBucket({ perSecond: 1, capacity: 2, now: 0 });
  expect(takeTimes(bucket, 4, 0)).toEqual(['taken', 'taken', 'empty', 'exhausted']);
});

test('a pause pays the debt', () => {
  const bucket = new TokenBucket({ perSecond: 1, capacity: 2, now: 0 });
  takeTimes(bucket, 3, 0);
  expect(bucket.take(2_000)).toBe('taken');
});

test('asking in vain without debt leaves the refill to the next', () => {
  const bucket = new TokenBucket({ perSecond: 1, capacity: 2, now: 0 });
  expect(Array.from({ length: 100 }, () => bucket.takeIfThere(0)).filter(Boolean)).toHaveLength(2);
  expect(bucket.takeIfThere(999)).toBe(false);
  expect(bucket.takeIfThere(1_000)).toBe(true);
});

test('what costs more afterwards is owed, down to half the capacity below nothing and no further', () => {
  const bucket = new TokenBucket({ perSecond: 1, capacity: 4, now: 0 });
  bucket.owe(100, 0);
  expect(bucket.take(2_000)).toBe('empty');
  bucket.owe(100, 2_000);
  expect(bucket.take(5_000)).toBe('taken');
});
