import { describe, expect, it } from 'vitest';
import { Emitter } from '#shared/emitter.ts';
import { holdEvents } from './heldEvents.ts';

describe('held events', () => {
  it('reach the first listener in order, and come directly from then on', () => {
    const source = new Emitter<{ number: number }>(() => undefined);
    const on = holdEvents<number>((listener) => source.on('number', listener));
    source.emit('number', 1);
    source.emit('number', 2);
    const heard: number[] = [];
    const stop = on((number) => heard.push(number));
    source.emit('number', 3);
    stop();
    expect(heard).toEqual([1, 2, 3]);
  });
});
