import { expect, it } from 'vitest';
import { RemoteCandidates } from './RemoteCandidates.ts';
import { maxCandidates } from './sdpRules.ts';

const candidate = { candidate: 'c', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null };

it('admits as many of a generation as any computer has, and then no more', () => {
  const candidates = new RemoteCandidates();
  const admitted = Array.from({ length: 10_000 }, () => candidates.admits(0)).filter(Boolean);
  expect(admitted).toHaveLength(maxCandidates);
});

it('admits those of a newer generation again, and none of an older one', () => {
  const candidates = new RemoteCandidates();
  candidates.admits(0);
  expect([candidates.admits(1), candidates.admits(0)]).toEqual([true, false]);
});

it('hands out what waited for a generation once, and forgets what is older', () => {
  const candidates = new RemoteCandidates();
  candidates.keep(0, candidate);
  candidates.keep(1, candidate);
  candidates.keep(1, null);
  candidates.keep(2, null);
  expect(candidates.takeFor(1)).toEqual([candidate, null]);
  expect(candidates.takeFor(1)).toEqual([]);
  expect(candidates.takeFor(0)).toEqual([]);
  expect(candidates.takeFor(2)).toEqual([null]);
});

it('keeps no more for generations that never come than a computer can bear', () => {
  const candidates = new RemoteCandidates();
  for (let generation = 1; generation <= 10_000; generation++) {
    candidates.keep(generation, null);
  }
  const waiting = Array.from({ length: 10_000 }, (_, index) => candidates.takeFor(index + 1));
  expect(waiting.flat()).toHaveLength(2 * maxCandidates);
});
