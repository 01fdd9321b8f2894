import type { EventName } from '#shared/ipc/channels.ts';
import type { IpcEvents } from '#shared/ipc/contract.ts';

export type QueuedEvent = {
  readonly [K in EventName]: { readonly name: K; readonly payload: IpcEvents[K] };
}[EventName];

/** More than a call makes in its first seconds; a renderer that is away for longer has lost the call anyway. */
export const queueLimit = 256;

/**
 * Events for a renderer that may not be up yet. While it is not ready they wait, at most `queueLimit` of
 * them; beyond that the oldest are dropped and counted.
 */
export class EventQueue {
  readonly #deliver: (event: QueuedEvent) => void;
  #waiting: QueuedEvent[] = [];
  #ready = false;
  #dropped = 0;

  constructor(options: { readonly deliver: (event: QueuedEvent) => void }) {
    this.#deliver = options.deliver;
  }

  /** How many events were dropped since the renderer was last ready. */
  get dropped(): number {
    return this.#dropped;
  }

  push(event: QueuedEvent): void {
    if (this.#ready) {
      this.#deliver(event);
      return;
    }
    this.#waiting.push(event);
    if (this.#waiting.length > queueLimit) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
  }

  /** The renderer listens: what waited is delivered in order. */
  open(): void {
    this.#ready = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#dropped = 0;
    waiting.forEach((event) => this.#deliver(event));
  }

  /** The renderer went away; events wait for the next one. */
  shut(): void {
    this.#ready = false;
  }
}
