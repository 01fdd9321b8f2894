import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { Deliver, Mail } from '#shared/protocol/messages.ts';
import type { SignalingEvents } from '../../../src/main/services/signaling/SignalingClient.ts';

/** The events of a signaling client, in the test's hand, and the acknowledgements that it was given. */
export class FakeClient {
  readonly acks: (readonly string[])[] = [];
  readonly #events = new Emitter<SignalingEvents>((error) => {
    throw error;
  });
  readonly #now: () => number;

  constructor(options: { readonly now: () => number }) {
    this.#now = options.now;
  }

  on<K extends keyof SignalingEvents>(
    event: K,
    listener: (payload: SignalingEvents[K]) => void,
  ): Unsubscribe {
    return this.#events.on(event, listener);
  }

  ackMail(mail: readonly string[]): void {
    this.acks.push(mail);
  }

  serverNow(): number {
    return this.#now();
  }

  goOnline(resumed = false): void {
    this.#events.emit('state', { phase: 'online', url: 'ws://127.0.0.1', since: 0 });
    this.#events.emit('session', { resumed });
  }

  goOffline(): void {
    this.#events.emit('state', {
      phase: 'offline',
      url: 'ws://127.0.0.1',
      since: 0,
      reason: 'SIGNALING_OFFLINE',
      retryAt: 1,
    });
  }

  deliver(message: Deliver): void {
    this.#events.emit('deliver', message);
  }

  bring(mail: Mail): void {
    this.#events.emit('mail', mail);
  }

  showPresence(presence: SignalingEvents['presence']): void {
    this.#events.emit('presence', presence);
  }

  get listeners(): number {
    return this.#events.listenerCount();
  }
}
