import { expect, test } from 'vitest';
import { AddressRate } from './AddressRate.ts';

const make = () => new AddressRate({ perSecond: 2, capacity: 4 });

test('allows a burst, then the lasting rate, for each address alone', () => {
  const rate = make();
  const burst = Array.from({ length: 6 }, () => rate.allows('192.0.2.1', 0));
  expect(burst).toEqual([true, true, true, true, false, false]);
  expect(rate.allows('192.0.2.2', 0)).toBe(true);
  expect([rate.allows('192.0.2.1', 500), rate.allows('192.0.2.1', 500)]).toEqual([true, false]);
});

test('forgets an address when it could log in as if it had never been seen', () => {
  const rate = make();
  rate.allows('192.0.2.1', 0);
  rate.prune(1_999);
  expect(rate.size).toBe(1);
  rate.prune(2_000);
  expect(rate.size).toBe(0);
});
