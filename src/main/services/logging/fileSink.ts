import electronLog from 'electron-log/node';
import { logLevels, type LogContext, type LogLevel, type LogRecord, type LogSink } from '#shared/logging.ts';

/** docs/logging.md; one older file is kept beside it as `main.old.log`. */
const maxBytes = 1_048_576;

export function formatRecord(record: LogRecord, at: Date): string {
  const context = Object.keys(record.context).length === 0 ? '' : ` ${stringify(record.context)}`;
  // One record is one line, whatever a message from outside contains.
  const text = `${record.logger}: ${record.message}${context}`.replace(/[\r\n]+/g, ' ');
  return `${at.toISOString()} ${record.level.padEnd(5)} ${text}`;
}

function stringify(context: LogContext): string {
  try {
    return JSON.stringify(context);
  } catch {
    return '[context not serialisable]';
  }
}

/** Writes records to `path`, rotated, and to stderr when `console` is set. */
export function fileSink(options: { readonly path: string; readonly console: boolean }): LogSink {
  const log = electronLog.create({ logId: `file:${options.path}` });
  const { file, console: terminal, ...others } = log.transports;
  for (const transport of Object.values(others)) {
    if (transport) {
      transport.level = false;
    }
  }
  terminal.level = options.console ? 'debug' : false;
  if (options.console) {
    // The terminal was closed, or a pipe ended: the file goes on alone.
    process.stderr.on('error', () => {
      terminal.level = false;
    });
  }
  terminal.format = '{text}';
  terminal.writeFn = ({ message }) => {
    process.stderr.write(`${message.data.map(String).join(' ')}\n`);
  };
  file.level = 'debug';
  file.format = '{text}';
  file.maxSize = maxBytes;
  file.resolvePathFn = () => options.path;
  return (record) => {
    log[record.level](formatRecord(record, new Date()));
  };
}

/** The level named in the environment, or `info`. */
export const logLevelFrom = (value: string | undefined): LogLevel =>
  logLevels.find((level) => level === value?.toLowerCase()) ?? 'info';
