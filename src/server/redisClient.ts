import { createClient } from 'redis';
import type { Logger } from '#shared/logging.ts';

export type RedisClient = ReturnType<typeof createClient>;

const longestRetryMs = 2_000;

/** A connection on which nothing was heard for this many times the timeout of a command is made anew. */
const silentTimeouts = 3;

/**
 * A connection to Redis that is made again by itself when it is lost, but not when the first attempt fails; a
 * command that cannot be served now fails now.
 */
export function createRedisClient(options: {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** What the connection is for, in the log. */
  readonly role: string;
  readonly logger: Logger;
  /** A command that could not be sent for this long has failed; one that was sent has after three times it. Milliseconds. */
  readonly commandTimeoutMs: number;
}): RedisClient {
  const { url, role, logger, commandTimeoutMs } = options;
  let connected = false;
  const client = createClient({
    url,
    // Whoever asked waits for the answer.
    disableOfflineQueue: true,
    commandOptions: { timeout: commandTimeoutMs },
    // A Redis that hangs keeps its connections open: only silence tells.
    pingInterval: commandTimeoutMs,
    socket: {
      socketTimeout: silentTimeouts * commandTimeoutMs,
      connectTimeout: commandTimeoutMs,
      reconnectStrategy: (retries) => connected && Math.min(50 * 2 ** retries, longestRetryMs),
    },
  });
  client.on('error', (error: unknown) => {
    logger.warn('redis connection failed', {
      role,
      error: error instanceof Error ? error.message : 'unknown',
    });
  });
  client.on('ready', () => {
    connected = true;
    logger.info('redis connection ready', { role });
  });
  return client as RedisClient;
}
