import { TokenBucket } from '#shared/tokenBucket.ts';

interface Entry {
  readonly bucket: TokenBucket;
  usedAt: number;
}

/**
 * How fast one address may do what costs: log in, bring books, have credentials for relays. New identities cost nothing to make, so this
 * is what bounds a flood of them. Times in milliseconds of any steady clock.
 */
export class AddressRate {
  readonly #perSecond: number;
  readonly #capacity: number;
  readonly #byAddress = new Map<string, Entry>();

  /** `capacity` at once and `perSecond` for ever. */
  constructor(options: { readonly perSecond: number; readonly capacity: number }) {
    this.#perSecond = options.perSecond;
    this.#capacity = options.capacity;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#byAddress.size;
  }

  /** Whether `count` more are within the rate; `key` as `addressKey` makes it. */
  allows(key: string, now: number, count = 1): boolean {
    const entry = this.#byAddress.get(key) ?? {
      bucket: new TokenBucket({ perSecond: this.#perSecond, capacity: this.#capacity, now }),
      usedAt: now,
    };
    this.#byAddress.set(key, entry);
    entry.usedAt = now;
    return entry.bucket.takeIfThere(now, count);
  }

  /** Forgets the addresses whose bucket is full again by now. */
  prune(now: number): void {
    const fullAfterMs = (this.#capacity / this.#perSecond) * 1_000;
    for (const [key, { usedAt }] of this.#byAddress) {
      if (now - usedAt >= fullAfterMs) {
        this.#byAddress.delete(key);
      }
    }
  }
}
