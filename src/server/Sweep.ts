import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { ServerLimits } from './limits.ts';

/** One timer looks at every time limit; a timer for each would be tens of thousands. */
export class Sweep {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #parts: readonly { sweep(now: number): void }[];
  #cancel: CancelTimer | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly limits: Pick<ServerLimits, 'sweepMs'>;
    /** Whatever has time limits, in the order in which it is looked at; `now` is of the monotonic clock. */
    readonly parts: readonly { sweep(now: number): void }[];
  }) {
    this.#clock = options.clock;
    this.#everyMs = options.limits.sweepMs;
    this.#parts = options.parts;
  }

  start(): void {
    this.#cancel = this.#clock.after(this.#everyMs, () => {
      const now = this.#clock.monotonic();
      for (const part of this.#parts) {
        part.sweep(now);
      }
      this.start();
    });
  }

  stop(): void {
    this.#cancel?.();
  }
}
