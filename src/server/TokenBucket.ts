/**
 * A token bucket that may go into debt: a caller that keeps asking while it is empty digs a hole as deep as
 * the bucket is high, and is then told that it is over the rate for good, not for a moment.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  /** `capacity` tokens at most and at first; times in milliseconds of any steady clock. */
  constructor(options: { readonly perSecond: number; readonly capacity: number; readonly now: number }) {
    this.#perMs = options.perSecond / 1_000;
    this.#capacity = options.capacity;
    this.#tokens = options.capacity;
    this.#at = options.now;
  }

  take(now: number): 'taken' | 'empty' | 'exhausted' {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
    this.#tokens -= 1;
    if (this.#tokens >= 0) {
      return 'taken';
    }
    return this.#tokens > -this.#capacity ? 'empty' : 'exhausted';
  }
}
