import { expect, it } from 'vitest';
import { TaskQueue } from './TaskQueue.ts';

const settle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('runs tasks one after another, past one that throws', async () => {
  const failures: string[] = [];
  const log: string[] = [];
  const queue = new TaskQueue({ onError: ({ label }) => failures.push(label) });
  let release: () => void = () => undefined;
  queue.push('first', async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    log.push('first');
  });
  queue.push('second', async () => Promise.reject(new Error('no')));
  queue.push('third', async () => {
    log.push('third');
    await Promise.resolve();
  });
  expect(queue.labels).toEqual(['first', 'second', 'third']);
  release();
  await settle();
  expect(log).toEqual(['first', 'third']);
  expect(failures).toEqual(['second']);
  expect(queue.labels).toEqual([]);
});

it('starts nothing after close', async () => {
  const log: string[] = [];
  const queue = new TaskQueue({ onError: () => undefined });
  queue.push('running', async () => Promise.resolve());
  queue.push('waiting', async () => {
    log.push('waiting');
    await Promise.resolve();
  });
  queue.close();
  queue.push('late', async () => {
    log.push('late');
    await Promise.resolve();
  });
  await settle();
  expect(log).toEqual([]);
});
