export type Unsubscribe = () => void;

type Listener<T> = (payload: T) => void;

/**
 * A typed event source. `Events` maps each event name to its one payload. The owner keeps the emitter
 * private and exposes `on`; a listener that throws is reported and does not stop the others.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  readonly #onListenerError: (error: unknown, event: keyof Events) => void;

  constructor(onListenerError: (error: unknown, event: keyof Events) => void) {
    this.#onListenerError = onListenerError;
  }

  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): Unsubscribe {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])] as Listener<Events[K]>[]) {
      try {
        listener(payload);
      } catch (error) {
        this.#onListenerError(error, event);
      }
    }
  }

  /** Drops every listener; used by `close()` of the owner. */
  clear(): void {
    this.#listeners.clear();
  }

  /** How many listeners an event (or all events) has; lets a test show that nothing is left behind. */
  listenerCount(event?: keyof Events): number {
    if (event !== undefined) {
      return this.#listeners.get(event)?.size ?? 0;
    }
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}
