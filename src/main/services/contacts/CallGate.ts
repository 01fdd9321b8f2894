import type { PeerId } from '#shared/identity/peerId.ts';
import type { Settings } from '#shared/settings.ts';

/** Who may ring. To whoever may not, this computer behaves as if it were away. */
export class CallGate {
  readonly #book: {
    isBlocked(id: PeerId): boolean;
    isContact(id: PeerId): boolean;
  };
  readonly #callsFrom: () => Settings['callsFrom'];

  constructor(options: {
    readonly book: { isBlocked(id: PeerId): boolean; isContact(id: PeerId): boolean };
    readonly callsFrom: () => Settings['callsFrom'];
  }) {
    this.#book = options.book;
    this.#callsFrom = options.callsFrom;
  }

  admits(from: PeerId): boolean {
    if (this.#book.isBlocked(from)) {
      return false;
    }
    return this.#callsFrom() === 'anyone' || this.#book.isContact(from);
  }
}
