import type { z } from 'zod';
import type { Logger } from '#shared/logging.ts';
import { ok } from '#shared/result.ts';
import { backplaneFailed, type BackplaneResult } from './Backplane.ts';
import { createRedisClient, type RedisClient } from './redisClient.ts';

/** The connection on which a node asks Redis; whatever goes wrong on it is a result. */
export class RedisCommands {
  readonly #client: RedisClient;
  #closed = false;

  constructor(options: {
    readonly url: string;
    readonly logger: Logger;
    /** A command that could not be sent for this long has failed; one that was sent has after three times it. Milliseconds. */
    readonly commandTimeoutMs: number;
  }) {
    const { url, logger, commandTimeoutMs } = options;
    this.#client = createRedisClient({ url, role: 'commands', logger, commandTimeoutMs });
  }

  get ready(): boolean {
    return !this.#closed && this.#client.isReady;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Commands are sent in the order of the calls. */
  async run<T>(task: (client: RedisClient) => Promise<T>): Promise<BackplaneResult<T>> {
    if (this.#closed) {
      return backplaneFailed('closed');
    }
    try {
      return ok(await task(this.#client));
    } catch (error) {
      return backplaneFailed(error instanceof Error ? error.message : 'unknown failure');
    }
  }

  async eval<T>(
    script: string,
    keys: string[],
    args: string[],
    schema: z.ZodType<T>,
  ): Promise<BackplaneResult<T>> {
    // EVAL, not EVALSHA: falling back after NOSCRIPT would let a later question overtake an earlier one.
    return this.run(async (client) => schema.parse(await client.eval(script, { keys, arguments: args })));
  }

  /** Fails what is asked from now on. */
  close(): void {
    this.#closed = true;
    if (this.#client.isOpen) {
      this.#client.destroy();
    }
  }
}
