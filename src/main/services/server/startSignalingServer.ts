import type { MailboxStore } from '#server/MailboxStore.ts';
import { MemoryMailbox } from '#server/MemoryMailbox.ts';
import type { Logger } from '#shared/logging.ts';
import { fail, ok } from '#shared/result.ts';
import { SignalingServer } from '#server/SignalingServer.ts';
import { SqliteMailbox } from '#server/SqliteMailbox.ts';
import type { StartServer } from './EmbeddedServer.ts';

/** All interfaces of a computer without IPv6. */
const everywhereIPv4 = '0.0.0.0';

/** Runs src/server's signaling server in this process. `folder`: for what it keeps, made if need be. */
export const startSignalingServer =
  ({ folder, logger }: { readonly folder: string; readonly logger: Logger }): StartServer =>
  async ({ host, port }) => {
    const hosts = host === '::' ? [host, everywhereIPv4] : [host];
    let cause = 'no address to listen on';
    for (const candidate of hosts) {
      const mailbox = await openMailbox(folder, logger);
      const server = new SignalingServer({ host: candidate, port, logger, mailbox });
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

/** Where the folder cannot be used, notices are kept in memory: no calls at all would be worse. */
async function openMailbox(folder: string, logger: Logger): Promise<MailboxStore> {
  const onDisk = new SqliteMailbox({ folder, logger });
  const opened = await onDisk.start();
  if (opened.ok) {
    return onDisk;
  }
  logger.warn('mailbox not opened; notices are kept in memory', { cause: opened.error.message });
  return new MemoryMailbox();
}
