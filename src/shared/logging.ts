export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export type LogContext = Readonly<Record<string, unknown>>;

export interface LogRecord {
  readonly level: LogLevel;
  /** The subsystem, e.g. `signaling`. */
  readonly logger: string;
  /** A fact in the past tense or a state, e.g. `call connected`. */
  readonly message: string;
  readonly context: LogContext;
}

export type LogSink = (record: LogRecord) => void;

export interface Logger {
  debug(message: string, context?: LogContext): void;
  info(message: string, context?: LogContext): void;
  warn(message: string, context?: LogContext): void;
  error(message: string, context?: LogContext): void;
  /** A logger for a part of this subsystem that always adds `context`. */
  child(name: string, context?: LogContext): Logger;
}

/** Bounds of what a page may write into a log record, in characters and entries. */
export const logBounds = { logger: 64, message: 512, key: 64, text: 2_048, facts: 32 } as const;

/** Keys whose values never reach a log, at any level. */
const secretKey =
  /^(?:.*(?:secret|private|passphrase|password|credential|seed).*|signature|nonce|box|token|resume|session)$/i;

/** Keys whose values are personal or huge: only at debug. */
const privateKey =
  /^(?:sdp|description|candidate|address|ip|host|name|label|title|id|from|to|peer|remoteAddress|publicKey)$/i;

const ipv4 = /\b(?:\d{1,3}\.){3}\d{1,3}\b/g;
/** With `::`, or three groups and more; two are a time of day. */
const ipv6 = /(?<![\w:])(?=[0-9a-f:]*::|(?:[0-9a-f]+:){3})(?:[0-9a-f]{0,4}:){2,}[0-9a-f]{0,4}(?![\w:])/gi;
const peerIds = /\b(?:[0-9A-HJKMNP-TV-Z]{5}-?){5}\b/g;
/**
 * From the first piece of SDP (RFC 8866: a letter, `=`, no space) or of a candidate (RFC 8839) to the end of the
 * text or the frames of a stack: browsers quote a line of SDP in the middle of a sentence.
 */
const sdp =
  /(?<![^\s"'`([,;])(?:[a-z]=\S|candidate:\S|ice-(?:pwd|ufrag):|fingerprint:)[\s\S]*?(?=\n\s+at |$)/gi;

const maxDepth = 4;

function redactText(text: string, level: LogLevel): string {
  if (level === 'debug') {
    return text;
  }
  return text
    .replace(sdp, '[sdp]')
    .replace(peerIds, (id) => `${id.slice(0, 5)}-...`)
    .replace(ipv4, '[ip]')
    .replace(ipv6, '[ip]');
}

function redactValue(value: unknown, level: LogLevel, depth: number): unknown {
  if (typeof value === 'string') {
    return redactText(value, level);
  }
  if (value instanceof Error) {
    return redactError(value, level);
  }
  if (Array.isArray(value)) {
    return depth >= maxDepth ? '[array]' : value.map((item) => redactValue(item, level, depth + 1));
  }
  if (typeof value === 'object' && value !== null) {
    return depth >= maxDepth ? '[object]' : redactContext(value as LogContext, level, depth + 1);
  }
  return value;
}

/** An error's `name` is its class, nobody's name. */
function redactError(error: ErrorFacts, level: LogLevel): LogContext {
  return {
    name: redactText(error.name, level),
    message: redactText(error.message, level),
    stack: redactText(error.stack ?? '', level),
  };
}

interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
}

/** What is left of an error that was logged in another process. */
function isErrorFacts(value: unknown): value is ErrorFacts {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    /^\w{1,64}$/.test(value.name) &&
    'message' in value &&
    typeof value.message === 'string' &&
    (!('stack' in value) || typeof value.stack === 'string')
  );
}

function redactContext(context: LogContext, level: LogLevel, depth: number): LogContext {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => {
      if (secretKey.test(key)) {
        return [key, '[secret]'];
      }
      if (level !== 'debug' && privateKey.test(key)) {
        return [key, typeof value === 'string' ? redactText(shorten(key, value), level) : '[private]'];
      }
      return [
        key,
        key === 'error' && isErrorFacts(value) ? redactError(value, level) : redactValue(value, level, depth),
      ];
    }),
  );
}

/** Ids stay recognisable by their first group; everything else private disappears. */
function shorten(key: string, value: string): string {
  return /^(?:id|from|to|peer)$/i.test(key) ? `${value.slice(0, 5)}...` : '[private]';
}

/** Removes secrets always, and SDP, candidates, names and addresses from everything above debug. */
function redact(record: LogRecord): LogRecord {
  return {
    ...record,
    message: redactText(record.message, record.level),
    context: redactContext(record.context, record.level, 0),
  };
}

/** A logger that redacts every record before the sink sees it. */
export function createLogger(options: {
  readonly name: string;
  readonly sink: LogSink;
  /** Records below this level are dropped. */
  readonly level?: LogLevel;
  readonly context?: LogContext;
}): Logger {
  const { name, sink, level = 'info', context: bound = {} } = options;
  const threshold = logLevels.indexOf(level);
  const write = (recordLevel: LogLevel) => (message: string, context?: LogContext) => {
    if (logLevels.indexOf(recordLevel) >= threshold) {
      sink(redact({ level: recordLevel, logger: name, message, context: { ...bound, ...context } }));
    }
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (childName, context) =>
      createLogger({ name: `${name}.${childName}`, sink, level, context: { ...bound, ...context } }),
  };
}
