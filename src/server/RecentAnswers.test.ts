import { expect, test } from 'vitest';
import { RecentAnswers } from './RecentAnswers.ts';

const make = () => new RecentAnswers<string>({ capacity: 2, lifetimeMs: 1_000 });

test('a ref is pending until it is answered', () => {
  const answers = make();
  answers.add('a', 0);
  expect([answers.has('a'), answers.get('a')]).toEqual([true, undefined]);
  answers.answer('a', 'done');
  expect(answers.get('a')).toBe('done');
});

test('at least the last ones are known, however many there were', () => {
  const answers = make();
  for (const ref of ['a', 'b', 'c', 'd', 'e']) {
    answers.add(ref, 0, ref);
  }
  expect(['d', 'e'].map((ref) => answers.get(ref))).toEqual(['d', 'e']);
  expect(answers.has('a')).toBe(false);
  expect([...answers.answered()].length).toBeLessThanOrEqual(4);
});

test('an answer that comes late finds its place in the older generation too', () => {
  const answers = make();
  for (const ref of ['a', 'b', 'c']) {
    answers.add(ref, 0);
  }
  answers.answer('a', 'late');
  expect(answers.get('a')).toBe('late');
  answers.answer('never added', 'x');
  expect(answers.has('never added')).toBe(false);
});

test('a ref may be forgotten, to be tried again', () => {
  const answers = make();
  answers.add('a', 0);
  answers.delete('a');
  expect(answers.has('a')).toBe(false);
});

test('all is forgotten when its time is over, the older part first', () => {
  const answers = make();
  answers.add('a', 0, 'a');
  answers.add('b', 0, 'b');
  answers.add('c', 500, 'c');
  expect(answers.prune(999)).toBe(true);
  expect(answers.has('a')).toBe(true);
  expect(answers.prune(1_000)).toBe(true);
  expect([answers.has('a'), answers.has('c')]).toEqual([false, true]);
  expect(answers.prune(1_500)).toBe(false);
});
