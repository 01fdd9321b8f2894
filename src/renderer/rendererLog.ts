import type { DesktopBridge } from '#shared/ipc/types.ts';
import { createLogger, logBounds, type LogContext, type Logger } from '#shared/logging.ts';

type Fact = string | number | boolean | null;

/** Nested facts under dotted keys (`error.name`). Errors are plain by now: the logger has redacted them. */
function* flatten(value: unknown, key: string): Generator<readonly [string, Fact]> {
  if (typeof value === 'string') {
    yield [key, value.slice(0, logBounds.text)];
  } else if (value === null || typeof value === 'boolean' || Number.isFinite(value)) {
    yield [key, value as Fact];
  } else if (typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) {
      yield* flatten(inner, key === '' ? name : `${key}.${name}`);
    }
  }
}

/** As much of a context as main takes; what is no plain fact is left out. */
function factsOf(context: LogContext): Record<string, Fact> {
  const facts: Record<string, Fact> = {};
  let room: number = logBounds.facts;
  for (const [key, fact] of flatten(context, '')) {
    if (room-- === 0) {
      break;
    }
    facts[key.slice(0, logBounds.key)] = fact;
  }
  return facts;
}

/** A logger whose records go to main, cut to what main takes, so that they arrive. */
export function createRendererLog(bridge: Pick<DesktopBridge, 'logWrite'>): Logger {
  return createLogger({
    name: 'renderer',
    sink: ({ level, logger, message, context }) => {
      void bridge.logWrite({
        level,
        logger: logger.slice(0, logBounds.logger),
        message: message.slice(0, logBounds.message),
        context: factsOf(context),
      });
    },
  });
}

/** Failures that nobody caught end in the log instead of in the void. */
export function logUncaught(log: Logger): void {
  window.addEventListener('error', ({ error }: ErrorEvent) => {
    log.error('uncaught error', { error: error as unknown });
  });
  window.addEventListener('unhandledrejection', ({ reason }) => {
    log.error('unhandled rejection', { error: reason as unknown });
  });
}
