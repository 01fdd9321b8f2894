import { resolve } from 'node:path';
import { app } from 'electron';
import { createLogger, type Logger } from '#shared/logging.ts';
import { runApplication } from './application.ts';
import { endBeforeStart } from './endBeforeStart.ts';
import { parseCli, usage, type CliOptions } from './services/cli.ts';
import { IdentityStore } from './services/identity/IdentityStore.ts';
import { LinkInbox } from './services/links/LinkInbox.ts';
import { fileSink, logLevelFrom } from './services/logging/fileSink.ts';
import { profilePaths, type ProfilePaths } from './services/profilePaths.ts';
import { onLinkOpened } from './shell/deepLinks.ts';
import { registerAppScheme } from './shell/protocol.ts';
import { createSafeStorageCipher } from './shell/safeStorageCipher.ts';
import { confinePages } from './shell/security.ts';

const { platform, env } = process;

/** Exit code for a command line that makes no sense, as shells use it. */
const usageError = 2;

// 1. What has to be said before Electron is ready.
registerAppScheme();
app.enableSandbox();
const links = new LinkInbox();
onLinkOpened((link) => links.open(link));
// Candidates travel sealed to the one peer who is called, so hiding addresses behind mDNS names hides them from
// nobody, and costs the direct path wherever such names do not resolve.
app.commandLine.appendSwitch('disable-features', 'WebRtcHideLocalIpsWithMdns');
const cli = parseCli(process.argv.slice(1));
if (!cli.ok) {
  process.stderr.write(`peerline: ${cli.problem}\n`);
  app.exit(usageError);
} else if (cli.options.help) {
  process.stdout.write(`${usage}\n`);
  app.exit(0);
} else {
  launch(cli.options);
}

// 2. One instance per profile; a second one shows the first and leaves.
function launch(options: CliOptions): void {
  const dataDir = env.PEERLINE_DATA_DIR ?? '';
  const base = dataDir === '' ? app.getPath('userData') : resolve(dataDir);
  const paths = profilePaths(base, options.profile);
  app.setPath('userData', paths.userData);
  if (!app.requestSingleInstanceLock()) {
    process.stderr.write('peerline: already running with this profile; its window is in front now\n');
    app.exit(0);
    return;
  }
  if (options.link !== undefined) {
    links.open(options.link);
  }
  const logger = createLogger({
    name: 'main',
    sink: fileSink({ path: paths.log, console: env.PEERLINE_LOG_LEVEL !== undefined }),
    level: logLevelFrom(env.PEERLINE_LOG_LEVEL),
  });
  logger.info('starting', { version: app.getVersion(), platform, profile: options.profile ?? 'default' });
  process.on('unhandledRejection', (error) => logger.error('unhandled rejection', { error }));
  confinePages(logger.child('security'));
  app
    .whenReady()
    .then(async () => start(options, paths, logger))
    .catch((error: unknown) => {
      logger.error('start failed', { error });
      endBeforeStart((texts) => texts.startFailed);
    });
}

// 3. The identity first: without it there is nothing to be.
async function start(options: CliOptions, paths: ProfilePaths, logger: Logger): Promise<void> {
  const identityStore = new IdentityStore({
    path: paths.identity,
    cipher: await createSafeStorageCipher(platform),
    logger: logger.child('identity'),
  });
  const identity = await identityStore.open();
  if (!identity.ok) {
    logger.error('identity not available', { code: identity.error.code, cause: identity.error.message });
    endBeforeStart((texts) =>
      identity.error.code === 'IDENTITY_UNREADABLE'
        ? texts.identityUnreadable(paths.identity)
        : texts.identityNotKept(paths.userData),
    );
    return;
  }
  await runApplication({ options, paths, identity: identity.value, identityStore, links, logger });
}
