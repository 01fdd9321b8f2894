import { assertNever } from '#shared/result.ts';

interface TaskFailure {
  readonly label: string;
  readonly error: unknown;
}

/**
 * Runs the asynchronous commands of one object one after another. A task that throws is reported and does
 * not stop the next one; after `close()` nothing more is started.
 */
export class TaskQueue {
  readonly #onError: (failure: TaskFailure) => void;
  readonly #waiting: { readonly label: string; readonly task: () => Promise<void> }[] = [];
  #state: 'idle' | 'running' | 'closed' = 'idle';
  #running: string | undefined;

  constructor(options: { readonly onError: (failure: TaskFailure) => void }) {
    this.#onError = options.onError;
  }

  /** Labels of the running task and those that wait, for the log. */
  get labels(): readonly string[] {
    return [
      ...(this.#running === undefined ? [] : [this.#running]),
      ...this.#waiting.map(({ label }) => label),
    ];
  }

  push(label: string, task: () => Promise<void>): void {
    switch (this.#state) {
      case 'closed':
        return;
      case 'running':
        this.#waiting.push({ label, task });
        return;
      case 'idle':
        this.#waiting.push({ label, task });
        void this.#drain();
        return;
      default:
        assertNever(this.#state);
    }
  }

  close(): void {
    this.#state = 'closed';
    this.#waiting.length = 0;
  }

  async #drain(): Promise<void> {
    this.#state = 'running';
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#running = next.label;
      try {
        await next.task();
      } catch (error) {
        this.#onError({ label: next.label, error });
      }
      this.#running = undefined;
    }
    this.#settle();
  }

  #settle(): void {
    if (this.#state === 'running') {
      this.#state = 'idle';
    }
  }
}
