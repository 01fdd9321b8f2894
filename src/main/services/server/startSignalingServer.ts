import type { Logger } from '#shared/logging.ts';
import { fail, ok } from '#shared/result.ts';
import { SignalingServer } from '#server/SignalingServer.ts';
import type { StartServer } from './EmbeddedServer.ts';

/** All interfaces of a computer without IPv6. */
const everywhereIPv4 = '0.0.0.0';

/** Runs src/server's signaling server in this process. */
export const startSignalingServer =
  (logger: Logger): StartServer =>
  async ({ host, port }) => {
    const hosts = host === '::' ? [host, everywhereIPv4] : [host];
    let cause = 'no address to listen on';
    for (const candidate of hosts) {
      const server = new SignalingServer({ host: candidate, port, logger });
      const started = await server.start();
      if (started.ok) {
        return ok({ close: async () => server.close() });
      }
      if (started.error.code === 'SERVER_PORT_IN_USE') {
        return fail('SERVER_PORT_IN_USE', started.error.message);
      }
      cause = started.error.message;
    }
    return fail('SERVER_START_FAILED', cause);
  };
