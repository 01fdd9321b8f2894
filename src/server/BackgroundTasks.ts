import type { Logger } from '#shared/logging.ts';

/** What runs beside the requests, and has to be over before what it uses is closed. A task that throws is logged. */
export class BackgroundTasks {
  readonly #log: Logger;
  readonly #running = new Set<Promise<unknown>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  get busy(): boolean {
    return this.#running.size > 0;
  }

  run(task: Promise<unknown>): void {
    const tracked = task
      .catch((error: unknown) => this.#log.error('background task failed inside', { error }))
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Those that run now are over; they may have started others. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
