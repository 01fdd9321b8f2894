import { createLogger, type Logger, type LogRecord } from '#shared/logging.ts';

/** A logger that keeps its records, at debug level, after redaction. */
export function testLogger(): { readonly logger: Logger; readonly records: readonly LogRecord[] } {
  const records: LogRecord[] = [];
  const logger = createLogger({ name: 'test', level: 'debug', sink: (record) => records.push(record) });
  return { logger, records };
}
