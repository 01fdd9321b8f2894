import { describe, expect, it } from 'vitest';
import { EventQueue, queueLimit, type QueuedEvent } from './EventQueue.ts';

const notice = (detail: string): QueuedEvent => ({
  name: 'notice',
  payload: { code: 'STORAGE_BROKEN', detail },
});

function setUp() {
  const delivered: (string | undefined)[] = [];
  const queue = new EventQueue({
    deliver: (event) => delivered.push(event.name === 'notice' ? event.payload.detail : event.name),
  });
  return { queue, delivered };
}

describe('EventQueue', () => {
  it('keeps events until the page is ready, in order, and then passes them on at once', () => {
    const { queue, delivered } = setUp();
    queue.push(notice('a'));
    queue.push(notice('b'));
    expect(delivered).toEqual([]);
    queue.open();
    queue.push(notice('c'));
    expect(delivered).toEqual(['a', 'b', 'c']);
  });

  it('keeps them again for the next page when this one is gone', () => {
    const { queue, delivered } = setUp();
    queue.open();
    queue.shut();
    queue.push(notice('a'));
    expect(delivered).toEqual([]);
    queue.open();
    expect(delivered).toEqual(['a']);
  });

  it('is bounded, drops the oldest and counts them', () => {
    const { queue, delivered } = setUp();
    Array.from({ length: queueLimit + 2 }, (_, index) => queue.push(notice(String(index))));
    expect(queue.dropped).toBe(2);
    queue.open();
    expect(delivered).toHaveLength(queueLimit);
    expect(delivered[0]).toBe('2');
  });
});
