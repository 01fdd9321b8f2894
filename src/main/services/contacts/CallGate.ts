import type { CallBody } from '#shared/call/messages.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Settings } from '#shared/settings.ts';

/** What a caller learns of a call that rings here. */
const answers: ReadonlySet<CallBody['type']> = new Set(['ringing', 'decline', 'busy']);

/** Who may ring. To whoever may not, this computer behaves as if it were away. */
export class CallGate {
  readonly #blocks: { has(id: PeerId): boolean };
  readonly #book: { isContact(id: PeerId): boolean };
  readonly #callsFrom: () => Settings['callsFrom'];

  constructor(options: {
    readonly blocks: { has(id: PeerId): boolean };
    readonly book: { isContact(id: PeerId): boolean };
    readonly callsFrom: () => Settings['callsFrom'];
  }) {
    this.#blocks = options.blocks;
    this.#book = options.book;
    this.#callsFrom = options.callsFrom;
  }

  admits(from: PeerId): boolean {
    if (this.#blocks.has(from)) {
      return false;
    }
    return this.#callsFrom() === 'anyone' || this.#book.isContact(from);
  }

  /** Whether a message may go out: somebody who was blocked while it rang must not see that it was declined. */
  maySend(to: PeerId, body: Pick<CallBody, 'type'>): boolean {
    return !this.#blocks.has(to) || !answers.has(body.type);
  }
}
