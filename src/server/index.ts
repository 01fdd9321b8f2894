import { readFile } from 'node:fs/promises';
import type { Logger } from '#shared/logging.ts';
import { checkTurnSecret, readCommandLine, type ServerConfig } from './config.ts';
import { HealthServer } from './health.ts';
import type { TlsIdentity } from './Listener.ts';
import type { MailboxStore } from './MailboxStore.ts';
import { MemoryMailbox } from './MemoryMailbox.ts';
import { RedisBackplane } from './RedisBackplane.ts';
import { RedisMailbox } from './RedisMailbox.ts';
import { createServerLogger } from './serverLogger.ts';
import { SignalingServer } from './SignalingServer.ts';
import { SqliteMailbox } from './SqliteMailbox.ts';
import type { TurnService } from './turnCredentials.ts';

/** Exit codes: the command line was wrong, or the server could not start. */
const exitUsage = 2;
const exitFailed = 1;

async function readTls(tls: ServerConfig['tls']): Promise<TlsIdentity | undefined> {
  if (tls === undefined) {
    return undefined;
  }
  const [cert, key] = await Promise.all([readFile(tls.certFile), readFile(tls.keyFile)]);
  return { cert, key };
}

async function readTurn(turn: ServerConfig['turn']): Promise<TurnService | undefined> {
  if (turn === undefined) {
    return undefined;
  }
  const { urls, secret, ttlSeconds } = turn;
  if ('text' in secret) {
    return { urls, secret: secret.text, ttlSeconds };
  }
  const read = checkTurnSecret(await readFile(secret.file, 'utf8'), secret.file);
  if (!read.ok) {
    throw new Error(read.error);
  }
  return { urls, secret: read.value, ttlSeconds };
}

function createMailbox({ redisUrl, dataFolder, maxNotices }: ServerConfig, log: Logger): MailboxStore {
  const bounds = { inAll: maxNotices };
  if (redisUrl !== undefined) {
    return new RedisMailbox({ url: redisUrl, logger: log.child('redis'), bounds });
  }
  if (dataFolder !== undefined) {
    return new SqliteMailbox({ folder: dataFolder, logger: log.child('mailbox'), bounds });
  }
  return new MemoryMailbox({ bounds });
}

async function run(config: ServerConfig, log: Logger): Promise<void> {
  const { host, port, names, trustProxy, limits, redisUrl, metrics } = config;
  const tls = await readTls(config.tls);
  const turn = await readTurn(config.turn);
  const server = new SignalingServer({
    logger: log,
    host,
    port,
    names,
    trustProxy,
    limits,
    mailbox: createMailbox(config, log),
    ...(tls === undefined ? {} : { tls }),
    ...(turn === undefined ? {} : { turn }),
    ...(redisUrl === undefined
      ? {}
      : { backplane: new RedisBackplane({ url: redisUrl, logger: log.child('redis') }) }),
  });
  const health =
    metrics === undefined ? undefined : new HealthServer({ server, ...metrics, processMetrics: true });

  const stop = (signal: NodeJS.Signals): void => {
    log.info('draining', { signal });
    void Promise.all([server.close(), health?.close()]).then(() => {
      process.exitCode ??= 0;
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  const healthStarted = await health?.start();
  if (healthStarted?.ok === true) {
    log.info('metrics listening', { port: healthStarted.value.port });
  }
  const started = healthStarted?.ok === false ? healthStarted : await server.start();
  if (!started.ok) {
    log.error('server not started', { code: started.error.code, reason: started.error.message });
    process.exitCode = exitFailed;
    await Promise.all([server.close(), health?.close()]);
  }
}

const commandLine = readCommandLine(process.argv.slice(2), process.env);
if (!commandLine.ok) {
  console.error(`${commandLine.error}\nnpm run server -- --help lists the options.`);
  process.exitCode = exitUsage;
} else if (commandLine.value.kind === 'help') {
  console.log(commandLine.value.text);
} else {
  const { config } = commandLine.value;
  const log = createServerLogger(config.logLevel);
  run(config, log).catch((error: unknown) => {
    log.error('server not started', { reason: error instanceof Error ? error.message : 'unknown' });
    process.exitCode = exitFailed;
  });
}
