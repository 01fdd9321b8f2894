import { beforeEach, expect, test } from 'vitest';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { Coalescer } from './Coalescer.ts';

let clock: FakeClock;
let done: string[];
let coalescer: Coalescer<string>;

beforeEach(() => {
  clock = new FakeClock();
  done = [];
  coalescer = new Coalescer({ clock, intervalMs: 1_000, run: (key) => done.push(key) });
});

test('the first is done at once', () => {
  coalescer.want('a');
  expect(done).toEqual(['a']);
});

test('what is wanted in the interval after is done once, at its end', async () => {
  for (let count = 0; count < 10; count++) {
    coalescer.want('a');
  }
  await clock.advance(999);
  expect(done).toEqual(['a']);
  await clock.advance(1);
  expect(done).toEqual(['a', 'a']);
  await clock.advance(10_000);
  expect(done).toEqual(['a', 'a']);
});

test('who never stops wanting is served once per interval', async () => {
  for (let at = 0; at < 10_000; at += 100) {
    coalescer.want('a');
    await clock.advance(100);
  }
  expect(done).toHaveLength(11);
});

test('keys do not wait for each other', async () => {
  coalescer.want('a');
  coalescer.want('a');
  await clock.advance(600);
  coalescer.want('b');
  coalescer.want('b');
  expect(done).toEqual(['a', 'b']);
  await clock.advance(400);
  expect(done).toEqual(['a', 'b', 'a']);
  await clock.advance(600);
  expect(done).toEqual(['a', 'b', 'a', 'b']);
});

test('nothing is done any more after close', async () => {
  coalescer.want('a');
  coalescer.want('a');
  coalescer.close();
  await clock.advance(5_000);
  expect(done).toEqual(['a']);
});
