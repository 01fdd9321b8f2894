import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { Unsubscribe } from '#shared/emitter.ts';
import type { Logger } from '#shared/logging.ts';
import type { Result } from '#shared/result.ts';
import type { SignalingClient } from './SignalingClient.ts';

/** How long after a first failure the server is told again, and at most, milliseconds; the time doubles between. */
const retryMs = { first: 5_000, longest: 300_000 } as const;

/**
 * Something that the server has to be told in every session and after every change: never twice at the same time,
 * and again a little later when the server could not take it.
 */
export class SessionTask {
  readonly #tell: () => Promise<Result<unknown>>;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #logger: Logger;
  readonly #unsubscribe: readonly Unsubscribe[];
  #online = false;
  #due = false;
  #failures = 0;
  #running: Promise<void> | undefined;
  #cancelRetry: CancelTimer = () => undefined;

  constructor(options: {
    readonly client: Pick<SignalingClient, 'on'>;
    /** Runs before the server is told for the first time in a session. */
    readonly onSession: (resumed: boolean) => void;
    /** Tells the server how things stand when it is called. */
    readonly tell: () => Promise<Result<unknown>>;
    readonly clock: Pick<Clock, 'after'>;
    readonly logger: Logger;
  }) {
    this.#tell = options.tell;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#unsubscribe = [
      options.client.on('session', ({ resumed }) => {
        this.#online = true;
        this.#failures = 0;
        options.onSession(resumed);
        void this.run();
      }),
      options.client.on('state', ({ phase }) => {
        if (phase !== 'online') {
          this.#online = false;
          this.#cancelRetry();
        }
      }),
    ];
  }

  close(): void {
    this.#online = false;
    this.#cancelRetry();
    this.#unsubscribe.forEach((off) => off());
  }

  /** Something changed. Resolves when the server knows, or could not be told; at once without a connection. */
  async run(): Promise<void> {
    this.#due = true;
    if (this.#online) {
      this.#running ??= this.#work().finally(() => {
        this.#running = undefined;
      });
    }
    return this.#running;
  }

  /** Nothing changed meanwhile that makes it tell again by itself. */
  get #settled(): boolean {
    return this.#online && !this.#due;
  }

  async #work(): Promise<void> {
    this.#cancelRetry();
    while (this.#due && this.#online) {
      this.#due = false;
      const told = await this.#tell();
      this.#failures = told.ok ? 0 : this.#failures + 1;
      if (!told.ok && this.#settled) {
        this.#logger.warn('server not told', { code: told.error.code });
        const ms = Math.min(retryMs.longest, retryMs.first * 2 ** Math.min(this.#failures - 1, 16));
        this.#cancelRetry = this.#clock.after(ms, () => void this.run());
      }
    }
  }
}
