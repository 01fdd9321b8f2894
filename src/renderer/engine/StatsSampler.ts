import type { CallSample } from '#shared/call/recording.ts';
import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import { sampleOf, type StatsReport } from './callStats.ts';

/** Once a second, as webrtc-internals and the congestion control's own reports do. */
const everyMs = 1_000;

/** Reads the statistics of a connection once a second. A report that takes long delays the next, never piles up. */
export class StatsSampler {
  readonly #read: () => Promise<StatsReport | undefined>;
  readonly #onSample: (sample: CallSample) => void;
  readonly #clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly #log: Logger;
  readonly #began: number;
  #last: { readonly report: StatsReport; readonly at: number } | undefined;
  #timer: CancelTimer | undefined;
  #closed = false;

  constructor(options: {
    /** The report of the connection in use; undefined: there is none now. */
    readonly read: () => Promise<StatsReport | undefined>;
    readonly onSample: (sample: CallSample) => void;
    readonly clock: Pick<Clock, 'monotonic' | 'after'>;
    readonly logger: Logger;
  }) {
    this.#read = options.read;
    this.#onSample = options.onSample;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#began = options.clock.monotonic();
  }

  start(): void {
    if (this.#timer === undefined && !this.#closed) {
      this.#timer = this.#clock.after(everyMs, () => this.#tick());
    }
  }

  close(): void {
    this.#closed = true;
    this.#timer?.();
  }

  #tick(): void {
    void this.#sample().then(() => {
      this.#timer = undefined;
      this.start();
    });
  }

  async #sample(): Promise<void> {
    try {
      const report = await this.#read();
      if (report !== undefined && !this.#closed) {
        this.#take(report, this.#clock.monotonic());
      }
    } catch (error) {
      // The connection was closed meanwhile, or replaced.
      this.#log.debug('no statistics', { error });
    }
  }

  #take(report: StatsReport, at: number): void {
    const last = this.#last;
    this.#last = { report, at };
    if (last !== undefined && at > last.at) {
      const seconds = (at - last.at) / 1_000;
      this.#onSample(
        sampleOf({ before: last.report, now: report, seconds, at: Math.round(at - this.#began) }),
      );
    }
  }
}
