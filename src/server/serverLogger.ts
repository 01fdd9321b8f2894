import { pino } from 'pino';
import { createLogger, type Logger, type LogLevel } from '#shared/logging.ts';

/** JSON lines on standard output, written by pino; what may be written is decided by the shared logger. */
export function createServerLogger(level: LogLevel): Logger {
  const output = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  return createLogger({
    name: 'server',
    level,
    sink: ({ level: recordLevel, logger, message, context }) => {
      output[recordLevel]({ logger, ...context }, message);
    },
  });
}
