import { parseArgs } from 'node:util';
import { z } from 'zod';
import { maxIceUrls, turnUrlSchema } from '#shared/iceUrls.ts';
import { logLevels } from '#shared/logging.ts';
import { limits as protocolLimits } from '#shared/protocol/limits.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { defaultServerLimits as defaults, type ServerLimits } from './limits.ts';
import { defaultMailboxBounds } from './MailboxStore.ts';

/** One option of the command line: its place in `--help` and how its text becomes a value. */
interface Option<T> {
  readonly value: string;
  readonly help: string;
  readonly schema: z.ZodType<T, string>;
  readonly initial?: string;
}

const option = <T>(
  value: string,
  schema: z.ZodType<T, string>,
  help: string,
  initial?: string | number,
): Option<T> => ({ value, help, schema, ...(initial === undefined ? {} : { initial: String(initial) }) });

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max)) as z.ZodType<number, string>;
const port = whole(0, 65_535);
const count = whole(1, 10_000_000);
const path = z.string().min(1);
const redisUrl = z.string().regex(/^rediss?:\/\/\S+$/, 'must begin with redis:// or rediss://');
const name = z
  .string()
  .max(259)
  .regex(/^[\x21-\x7e]+$/, 'must be host or host:port');

/** Below, an answer is worth nothing once it is there; half of it is how long a client keeps it. */
const leastTurnSeconds = 60;
const initialTurnSeconds = 3_600;
/** An HMAC by a secret that can be guessed is none: any credential that was given out allows to try. */
const leastSecretChars = 16;

const options = {
  host: option('ADDRESS', z.string().min(1), 'Address to listen on; 0.0.0.0 or :: for all', '127.0.0.1'),
  port: option('PORT', port, 'Port to listen on; 0 takes a free one', 7480),
  'tls-cert': option('FILE', path, 'Certificate chain, PEM; with --tls-key the server speaks wss:'),
  'tls-key': option('FILE', path, 'Private key of the certificate, PEM'),
  redis: option('URL', redisUrl, 'Redis 7 or later, to run several nodes (or PEERLINE_REDIS_URL)'),
  data: option('DIR', path, 'Where notices wait for who is away (or PEERLINE_SERVER_DATA)'),
  'turn-secret-file': option('FILE', path, "The relays' static-auth-secret (or PEERLINE_TURN_SECRET)"),
  'turn-ttl': option(
    'S',
    whole(leastTurnSeconds, protocolLimits.turnSeconds),
    `How long their credentials hold, 60 to 86400 (${initialTurnSeconds})`,
  ),
  'log-level': option('LEVEL', z.enum(logLevels), `One of ${logLevels.join(', ')}`, 'info'),
  'metrics-host': option('ADDRESS', z.string().min(1), 'Where /healthz and /metrics listen', '127.0.0.1'),
  'metrics-port': option('PORT', port.or(z.literal('off')), 'Their port, or off', 7481),
  'max-connections': option('N', count, 'Open connections in all', defaults.connections),
  'max-connections-per-address': option(
    'N',
    count,
    'Open connections of one address (IPv6: one /64)',
    defaults.connectionsPerAddress,
  ),
  'max-unauthenticated': option('N', count, 'Connections not logged in yet', defaults.unauthenticated),
  'login-rate': option(
    'N',
    count,
    'Logins, and credentials for relays, per second of one address',
    defaults.loginsPerSecond,
  ),
  'login-burst': option('N', count, 'The same of one address at once after a pause', defaults.loginBurst),
  'max-devices': option('N', whole(1, 64), 'Connected devices of one id', defaults.devicesPerId),
  'max-notices': option('N', count, 'Notices that wait in all', defaultMailboxBounds.inAll),
  'max-backlog': option('BYTES', count, 'Unread output of one connection', defaults.backlogBytes),
  'max-frame': option('BYTES', whole(4_096, defaults.frameBytes), 'One frame', defaults.frameBytes),
  rate: option('N', count, 'Messages per second of one connection', defaults.messagesPerSecond),
  burst: option('N', count, 'Messages at once after a pause', defaults.burst),
  'handshake-seconds': option('S', whole(1, 600), 'Time to log in', defaults.handshakeMs / 1_000),
  'resume-seconds': option(
    'S',
    whole(0, 3_600),
    'How long a dropped session waits',
    defaults.resumeMs / 1_000,
  ),
} as const;

type OptionName = keyof typeof options;

interface TurnConfig {
  readonly urls: readonly string[];
  readonly secret: { readonly file: string } | { readonly text: string };
  readonly ttlSeconds: number;
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly redisUrl: string | undefined;
  /** Folder for what outlives the process; not used with Redis, which keeps it then. */
  readonly dataFolder: string | undefined;
  /** Notices in all mailboxes together. */
  readonly maxNotices: number;
  readonly turn: TurnConfig | undefined;
  readonly logLevel: (typeof logLevels)[number];
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  readonly names: readonly string[];
  readonly trustProxy: boolean;
  readonly limits: Partial<ServerLimits>;
}

export type CommandLine =
  { readonly kind: 'help'; readonly text: string } | { readonly kind: 'run'; readonly config: ServerConfig };

const flagWidth = 40;

const helpLine = (flag: string, text: string): string => `  ${flag.padEnd(flagWidth)}${text}`;

function helpText(): string {
  const lines = Object.entries<Option<unknown>>(options).map(([flag, { value, help, initial }]) =>
    helpLine(`--${flag} ${value}`, initial === undefined ? help : `${help} (${initial})`),
  );
  return [
    'Peerline signaling server: passes sealed envelopes between devices and can read none of them.',
    '',
    'Usage: npm run server -- [options]',
    '',
    ...lines,
    helpLine('--name HOST[:PORT]', 'What clients dial, as they dial it; repeat for several. Without a port'),
    helpLine('', 'the port listened on is meant. Without names: the address reached, and'),
    helpLine('', "this machine's name. Behind a TLS proxy: --name calls.example.org:443"),
    helpLine('--turn URL', 'A relay that clients may use, turn: or turns:; repeat for several. All share'),
    helpLine('', 'one secret (coturn: use-auth-secret, static-auth-secret)'),
    helpLine('--trust-proxy', 'Take client addresses from X-Forwarded-For; only behind your own proxy'),
    helpLine('--help', 'This text'),
    '',
    'Notices for who is away survive a restart in Redis, or in --data; without both they are in memory.',
    'SIGTERM and SIGINT tell every client to reconnect elsewhere and end the process.',
    '',
  ].join('\n');
}

/** Reads the command line. The error is a sentence for the person who typed it. */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<CommandLine, string> {
  let given: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  try {
    given = parseArgs({
      args: [...args],
      options: {
        ...Object.fromEntries(Object.keys(options).map((flag) => [flag, { type: 'string' as const }])),
        name: { type: 'string', multiple: true },
        turn: { type: 'string', multiple: true },
        'trust-proxy': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return err(error instanceof Error ? error.message : 'the command line cannot be read');
  }
  if (given.help === true) {
    return ok({ kind: 'help', text: helpText() });
  }
  try {
    return ok({ kind: 'run', config: readConfig(given, environment) });
  } catch (error) {
    return err(error instanceof OptionError ? error.message : 'the command line cannot be read');
  }
}

class OptionError extends Error {}

function readConfig(
  given: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): ServerConfig {
  const check = <T>(flag: string, schema: z.ZodType<T, string>, text: unknown): T => {
    const parsed = schema.safeParse(text);
    if (!parsed.success) {
      throw new OptionError(`--${flag}: ${parsed.error.issues[0]?.message ?? 'not understood'}`);
    }
    return parsed.data;
  };
  const maybe = <K extends OptionName>(flag: K) => {
    const { schema, initial } = options[flag] as Option<z.output<(typeof options)[K]['schema']>>;
    const text = given[flag] ?? initial;
    return text === undefined ? undefined : check(flag, schema, text);
  };
  const required = <K extends OptionName>(flag: K) => {
    const value = maybe(flag);
    if (value === undefined) {
      throw new TypeError(`--${flag} has no initial value`);
    }
    return value;
  };
  const certFile = maybe('tls-cert');
  const keyFile = maybe('tls-key');
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new OptionError('--tls-cert and --tls-key are given together or not at all');
  }
  const { PEERLINE_REDIS_URL: redisFromEnvironment, PEERLINE_SERVER_DATA: dataFromEnvironment } = environment;
  const metricsPort = required('metrics-port');
  return {
    host: required('host'),
    port: required('port'),
    tls: certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile },
    redisUrl:
      maybe('redis') ??
      (redisFromEnvironment === undefined ? undefined : check('redis', redisUrl, redisFromEnvironment)),
    dataFolder:
      maybe('data') ??
      (dataFromEnvironment === undefined ? undefined : check('data', path, dataFromEnvironment)),
    maxNotices: required('max-notices'),
    turn: turnOf({
      urls: ((given.turn ?? []) as string[]).map((text) => check('turn', turnUrlSchema, text)),
      secretFile: maybe('turn-secret-file'),
      // Compose files pass a variable that is not set as an empty one.
      secretText: environment.PEERLINE_TURN_SECRET === '' ? undefined : environment.PEERLINE_TURN_SECRET,
      ttlSeconds: maybe('turn-ttl'),
    }),
    logLevel: required('log-level'),
    metrics: metricsPort === 'off' ? undefined : { host: required('metrics-host'), port: metricsPort },
    names: ((given.name ?? []) as string[]).map((text) => check('name', name, text)),
    trustProxy: given['trust-proxy'] === true,
    limits: {
      connections: required('max-connections'),
      connectionsPerAddress: required('max-connections-per-address'),
      unauthenticated: required('max-unauthenticated'),
      loginsPerSecond: required('login-rate'),
      loginBurst: required('login-burst'),
      devicesPerId: required('max-devices'),
      backlogBytes: required('max-backlog'),
      frameBytes: required('max-frame'),
      messagesPerSecond: required('rate'),
      burst: required('burst'),
      handshakeMs: required('handshake-seconds') * 1_000,
      resumeMs: required('resume-seconds') * 1_000,
    },
  };
}

/** What only makes sense together is refused apart: a relay that was meant to be used would silently not be. */
function turnOf(given: {
  readonly urls: readonly string[];
  readonly secretFile: string | undefined;
  readonly secretText: string | undefined;
  readonly ttlSeconds: number | undefined;
}): TurnConfig | undefined {
  const { urls, secretFile, secretText, ttlSeconds } = given;
  if (urls.length === 0) {
    const alone = [
      secretFile === undefined ? undefined : '--turn-secret-file',
      secretText === undefined ? undefined : 'PEERLINE_TURN_SECRET',
      ttlSeconds === undefined ? undefined : '--turn-ttl',
    ].find((name) => name !== undefined);
    if (alone !== undefined) {
      throw new OptionError(`${alone} needs at least one --turn`);
    }
    return undefined;
  }
  if (urls.length > maxIceUrls) {
    throw new OptionError(`--turn can be given ${maxIceUrls} times at most`);
  }
  if (secretFile !== undefined && secretText !== undefined) {
    throw new OptionError('--turn-secret-file and PEERLINE_TURN_SECRET are two secrets; give one');
  }
  const text = secretText === undefined ? undefined : checkTurnSecret(secretText, 'PEERLINE_TURN_SECRET');
  if (text?.ok === false) {
    throw new OptionError(text.error);
  }
  const secret = text === undefined ? undefined : { text: text.value };
  const source = secretFile === undefined ? secret : { file: secretFile };
  if (source === undefined) {
    throw new OptionError('--turn needs --turn-secret-file, or the secret in PEERLINE_TURN_SECRET');
  }
  return { urls, secret: source, ttlSeconds: ttlSeconds ?? initialTurnSeconds };
}

/** The secret without the line feed that editors put at the end; `where` names it in the sentence about it. */
export function checkTurnSecret(text: string, where: string): Result<string, string> {
  const secret = text.trim();
  return secret.length < leastSecretChars
    ? err(`${where}: the secret has to be ${leastSecretChars} characters or longer`)
    : ok(secret);
}
