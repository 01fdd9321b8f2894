/** A rate with room for bursts. Times in milliseconds of any steady clock. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  /** `capacity` tokens at most and at first. */
  constructor(options: { readonly perSecond: number; readonly capacity: number; readonly now: number }) {
    this.#perMs = options.perSecond / 1_000;
    this.#capacity = options.capacity;
    this.#tokens = options.capacity;
    this.#at = options.now;
  }

  /**
   * Goes into debt: a caller that keeps asking while the bucket is empty digs a hole as deep as it is high,
   * and is then told that it is over the rate for good, not for a moment.
   */
  take(now: number): 'taken' | 'empty' | 'exhausted' {
    this.#refill(now);
    this.#tokens -= 1;
    if (this.#tokens >= 0) {
      return 'taken';
    }
    return this.#tokens > -this.#capacity ? 'empty' : 'exhausted';
  }

  /** Asking in vain costs nothing: for callers who share a bucket, so that no crowd can keep it empty for long. */
  takeIfThere(now: number, count = 1): boolean {
    this.#refill(now);
    if (this.#tokens < count) {
      return false;
    }
    this.#tokens -= count;
    return true;
  }

  /**
   * Pays for something already done that turned out to cost `count` more. Goes into debt, but never by more than
   * half the capacity: what comes next is refused for a while, and not for good.
   */
  owe(count: number, now: number): void {
    this.#refill(now);
    this.#tokens = Math.max(this.#tokens - count, Math.min(this.#tokens, -this.#capacity / 2));
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
