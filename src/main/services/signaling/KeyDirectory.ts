import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { fromBase64url, peerIdOf, type PublicKey } from '../identity/keys.ts';

/** Keys are 32 bytes and never change; the bound is against strangers who make us ask. */
export const cacheLimit = 1_000;

/**
 * Public keys by id. A server can withhold a key but not forge one: the id is the hash of the key, and what
 * does not hash to it is refused. Least recently used keys are forgotten first.
 */
export class KeyDirectory {
  readonly #request: (id: PeerId) => Promise<Result<string | null>>;
  readonly #logger: Logger;
  readonly #keys = new Map<PeerId, PublicKey>();
  readonly #asking = new Map<PeerId, Promise<Result<PublicKey>>>();

  constructor(options: {
    /** Asks the server; null: it knows no such id. */
    readonly request: (id: PeerId) => Promise<Result<string | null>>;
    readonly logger: Logger;
  }) {
    this.#request = options.request;
    this.#logger = options.logger;
  }

  /** Whether `get` would send a question to the server. */
  mustAsk(id: PeerId): boolean {
    return !this.#keys.has(id) && !this.#asking.has(id);
  }

  /** Fails with PEER_UNKNOWN, PEER_KEY_MISMATCH or what kept the server from answering. */
  async get(id: PeerId): Promise<Result<PublicKey>> {
    const known = this.#keys.get(id);
    if (known !== undefined) {
      this.#remember(id, known);
      return ok(known);
    }
    const asking = this.#asking.get(id) ?? this.#ask(id);
    this.#asking.set(id, asking);
    return asking.finally(() => this.#asking.delete(id));
  }

  async #ask(id: PeerId): Promise<Result<PublicKey>> {
    const answer = await this.#request(id);
    if (!answer.ok) {
      return answer;
    }
    if (answer.value === null) {
      return fail('PEER_UNKNOWN', 'nobody with this id ever used the server');
    }
    const key = fromBase64url(answer.value);
    if (peerIdOf(key) !== id) {
      this.#logger.warn('key of another id', { code: 'PEER_KEY_MISMATCH', id });
      return fail('PEER_KEY_MISMATCH', 'the server gave a key that does not belong to the id');
    }
    this.#remember(id, key);
    return ok(key);
  }

  #remember(id: PeerId, key: PublicKey): void {
    this.#keys.delete(id);
    this.#keys.set(id, key);
    const oldest = this.#keys.keys().next();
    if (this.#keys.size > cacheLimit && !oldest.done) {
      this.#keys.delete(oldest.value);
    }
  }
}
