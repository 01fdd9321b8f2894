import type { CancelTimer, Clock } from '#shared/clock.ts';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly task: () => void;
}

/**
 * Time that moves only when a test says so. Timers run in the order of their due times; after each one, and
 * before the first, everything that promises and the event loop have ready is run, so that a timer set by
 * a continuation is seen by the same `advance`.
 */
export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** `start`: the wall clock, milliseconds since the epoch. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#wall = start;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, task: () => void): CancelTimer {
    const timer: Timer = { due: this.#monotonic + Math.max(0, ms), order: this.#order++, task };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Lets `ms` milliseconds pass, running every timer that falls due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.flush();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#moveTo(next.due);
      this.#timers.delete(next);
      next.task();
      await this.flush();
    }
    this.#moveTo(end);
    await this.flush();
  }

  /** Lets promises settle without any time passing. */
  async flush(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** The wall clock jumps (the person or a time server set it); timers do not notice. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  /** Timers that are still to fire; lets a test show that `close()` left none behind. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers]
      .filter((timer) => timer.due <= end)
      .sort((a, b) => a.due - b.due || a.order - b.order)[0];
  }
}
