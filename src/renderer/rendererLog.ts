import type { DesktopBridge } from '#shared/ipc/types.ts';
import { createLogger, type Logger } from '#shared/logging.ts';
import { z } from 'zod';

const plainContext = z.record(z.string(), z.json());

/** A logger whose records go to main; what is no plain data is left out, so that the record arrives. */
export function createRendererLog(bridge: Pick<DesktopBridge, 'logWrite'>): Logger {
  return createLogger({
    name: 'renderer',
    sink: ({ level, logger, message, context }) => {
      const parsed = plainContext.safeParse(context);
      void bridge.logWrite({
        level,
        logger: logger.slice(0, 64),
        message: message.slice(0, 512),
        context: parsed.success ? parsed.data : {},
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
