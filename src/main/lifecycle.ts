import { app } from 'electron';
import type { Logger } from '#shared/logging.ts';
import { parseCli } from './services/cli.ts';
import type { LinkInbox } from './services/links/LinkInbox.ts';

/** How long quitting may take for a last word to the peer and the server, milliseconds. */
const farewellMs = 1_000;

/** Coming, going, and going for good. `quitting`: the farewell has begun. */
export function followLifecycle({
  links,
  showMain,
  platform,
  after,
  farewell,
  logger,
}: {
  readonly links: LinkInbox;
  readonly showMain: () => void;
  readonly platform: NodeJS.Platform;
  readonly after: (ms: number, run: () => void) => unknown;
  /** Everything that is said and put away before the app ends; cut short after a second. */
  readonly farewell: () => Promise<void>;
  readonly logger: Logger;
}): { readonly quitting: boolean } {
  let quitting = false;
  app.on('second-instance', (_event, argv) => {
    const second = parseCli(argv.slice(1));
    if (second.ok && second.options.link !== undefined) {
      links.open(second.options.link);
    }
    showMain();
  });
  app.on('activate', showMain);
  app.on('window-all-closed', () => {
    if (platform !== 'darwin') {
      app.quit();
    }
  });
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (quitting) {
      return;
    }
    quitting = true;
    logger.info('quitting');
    after(farewellMs, () => app.exit(0));
    farewell()
      .catch((error: unknown) => logger.error('farewell failed', { error }))
      .finally(() => app.exit(0));
  });
  process.on('SIGTERM', () => app.quit());
  process.on('SIGINT', () => app.quit());
  return {
    get quitting() {
      return quitting;
    },
  };
}
