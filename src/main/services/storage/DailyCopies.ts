import { existsSync, rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import { copyPath, dailyCopies, dayOf } from './databaseFile.ts';

/** Days that can be gone back. */
const keptCopies = 7;

/** The start of the app has better things to do, milliseconds. */
const firstLookMs = 10_000;

/** How often it is seen to that today has its copy: not much is lost of the first day of all. Milliseconds. */
const lookMs = 5 * 60_000;

/** One copy of the database a day, made beside the app's work; the last seven are kept. */
export class DailyCopies {
  readonly #source: string;
  readonly #folder: string;
  readonly #entry: string | URL;
  readonly #worthwhile: () => boolean;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #timer: CancelTimer | undefined;
  #worker: Worker | undefined;

  constructor(options: {
    /** The database. */
    readonly source: string;
    readonly folder: string;
    /** `copyWorker.ts`, or what the build made of it. */
    readonly entry: string | URL;
    /** Whether there is anything in the database, and it is the one of the profile. */
    readonly worthwhile: () => boolean;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#source = options.source;
    this.#folder = options.folder;
    this.#entry = options.entry;
    this.#worthwhile = options.worthwhile;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  start(): void {
    this.#lookAfter(firstLookMs);
  }

  /** Resolves when today has its copy, or it could not be made; does nothing when it is there. */
  async copyToday(): Promise<void> {
    const target = copyPath(this.#folder, dayOf(this.#clock.now()));
    if (this.#worker !== undefined || existsSync(target) || !this.#worthwhile()) {
      return;
    }
    const begun = this.#clock.monotonic();
    try {
      await this.#copy(target);
      this.#logger.info('database copied', { ms: Math.round(this.#clock.monotonic() - begun) });
      for (const { path } of dailyCopies(this.#folder).slice(keptCopies)) {
        rmSync(path, { force: true });
      }
    } catch (error) {
      this.#logger.error('database not copied', { error });
    }
  }

  close(): void {
    this.#timer?.();
    this.#timer = undefined;
    void this.#worker?.terminate();
  }

  #lookAfter(ms: number): void {
    this.#timer = this.#clock.after(ms, () => {
      this.#lookAfter(lookMs);
      void this.copyToday();
    });
  }

  async #copy(target: string): Promise<void> {
    const worker = new Worker(this.#entry, { workerData: { source: this.#source, target } });
    this.#worker = worker;
    try {
      await new Promise<void>((resolve, reject) => {
        worker.once('error', reject);
        worker.once('exit', (code) =>
          code === 0 ? resolve() : reject(new Error(`the copy ended with ${code}`)),
        );
      });
    } finally {
      this.#worker = undefined;
    }
  }
}
