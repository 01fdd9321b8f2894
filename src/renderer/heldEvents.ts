import type { Unsubscribe } from '#shared/emitter.ts';

type Subscribe<T> = (listener: (payload: T) => void) => Unsubscribe;

/**
 * Holds what a source says until somebody listens: between `appReady` and the start of the engine a call
 * may already arrive. The first listener gets what was held, in order.
 */
export function holdEvents<T>(subscribe: Subscribe<T>): Subscribe<T> {
  const listeners = new Set<(payload: T) => void>();
  let held: T[] = [];
  subscribe((payload) => {
    if (listeners.size === 0) {
      held.push(payload);
    }
    for (const listener of [...listeners]) {
      listener(payload);
    }
  });
  return (listener) => {
    listeners.add(listener);
    const waiting = held;
    held = [];
    for (const payload of waiting) {
      listener(payload);
    }
    return () => {
      listeners.delete(listener);
    };
  };
}
