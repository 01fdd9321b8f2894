import type { CancelTimer, Clock } from '#shared/clock.ts';

interface Pause {
  readonly until: number;
  wanted: boolean;
}

/** Does something for a key at once, and then at most once per interval: what is wanted meanwhile is done at its end. */
export class Coalescer<K> {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #run: (key: K) => void;
  /** All pauses are of the same length, so the first is the next to end. */
  readonly #pauses = new Map<K, Pause>();
  #cancelTimer: CancelTimer | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly intervalMs: number;
    readonly run: (key: K) => void;
  }) {
    this.#clock = options.clock;
    this.#intervalMs = options.intervalMs;
    this.#run = options.run;
  }

  want(key: K): void {
    const pause = this.#pauses.get(key);
    if (pause === undefined) {
      this.#start(key);
    } else {
      pause.wanted = true;
    }
  }

  /** What is still wanted is not done. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#pauses.clear();
  }

  #start(key: K): void {
    this.#pauses.set(key, { until: this.#clock.monotonic() + this.#intervalMs, wanted: false });
    this.#plan();
    this.#run(key);
  }

  #plan(): void {
    const [first] = this.#pauses.values();
    if (this.#cancelTimer !== undefined || first === undefined) {
      return;
    }
    this.#cancelTimer = this.#clock.after(Math.max(0, first.until - this.#clock.monotonic()), () => {
      this.#cancelTimer = undefined;
      this.#end();
    });
  }

  #end(): void {
    const now = this.#clock.monotonic();
    for (const [key, { until, wanted }] of this.#pauses) {
      if (until > now) {
        break;
      }
      this.#pauses.delete(key);
      if (wanted) {
        this.#start(key);
      }
    }
    this.#plan();
  }
}
