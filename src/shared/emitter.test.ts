import { expect, it, vi } from 'vitest';
import { Emitter } from './emitter.ts';

interface Events {
  readonly count: number;
  readonly name: string;
}

it('a listener hears its event until it unsubscribes', () => {
  const emitter = new Emitter<Events>(vi.fn());
  const heard: number[] = [];
  const stop = emitter.on('count', (value) => heard.push(value));
  emitter.emit('count', 1);
  stop();
  stop();
  emitter.emit('count', 2);
  expect(heard).toEqual([1]);
  expect(emitter.listenerCount()).toBe(0);
});

it('a listener that throws is reported and does not stop the others', () => {
  const report = vi.fn();
  const emitter = new Emitter<Events>(report);
  const heard: string[] = [];
  const failure = new Error('boom');
  emitter.on('name', () => {
    throw failure;
  });
  emitter.on('name', (value) => heard.push(value));
  emitter.emit('name', 'a');
  expect(heard).toEqual(['a']);
  expect(report).toHaveBeenCalledWith(failure, 'name');
});

it('a listener that unsubscribes another while both are called does not break the round', () => {
  const emitter = new Emitter<Events>(vi.fn());
  const heard: string[] = [];
  const stops = [
    emitter.on('name', () => {
      heard.push('first');
      stops[1]?.();
    }),
    emitter.on('name', () => heard.push('second')),
  ];
  emitter.emit('name', 'a');
  emitter.emit('name', 'b');
  expect(heard).toEqual(['first', 'second', 'first']);
});
