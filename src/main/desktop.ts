import { join } from 'node:path';
import type { PeerLink } from '#shared/people/links.ts';
import type { Notice } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import type { Locale } from '#shared/settings.ts';
import type { People } from './people.ts';
import { Attention } from './services/attention/Attention.ts';
import { withoutLinks } from './services/cli.ts';
import { BackupThread } from './services/identity/BackupThread.ts';
import { bookKeeper } from './services/identity/bookKeeper.ts';
import { IdentityMover } from './services/identity/IdentityMover.ts';
import type { Identity, IdentityStore } from './services/identity/IdentityStore.ts';
import type { LinkInbox } from './services/links/LinkInbox.ts';
import { readBounded } from './services/recordings/readBounded.ts';
import { Recordings } from './services/recordings/Recordings.ts';
import { writeAtomically } from './services/storage/JsonFile.ts';
import type { SettingsStore } from './services/storage/SettingsStore.ts';
import type { AppWindows } from './shell/AppWindows.ts';
import { createIdentityDialogs } from './shell/identityDialogs.ts';
import { createRecordingDialogs } from './shell/recordingDialogs.ts';
import { restartApp } from './shell/restart.ts';
import { createTray } from './shell/tray.ts';

/** How long the page has to read that the app starts again, milliseconds. */
const restartDelayMs = 300;

export interface Desktop {
  readonly mover: IdentityMover;
  readonly recordings: Recordings;
  /** From now on somebody can be asked about a link. */
  readonly takeLinks: () => void;
  readonly close: () => void;
}

/** What the app has to do with the desktop round its windows: tray, badge, links, dialogs, starting again. */
export function createDesktop(parts: {
  readonly identity: Identity;
  readonly identityStore: IdentityStore;
  readonly people: Pick<People, 'book' | 'blocks' | 'history' | 'database'>;
  readonly settings: SettingsStore;
  readonly systemLocale: Locale;
  readonly windows: AppWindows;
  readonly links: LinkInbox;
  readonly title: string;
  readonly platform: NodeJS.Platform;
  /** The folder of the app. */
  readonly appPath: string;
  /** `backupWorker.ts`, or what the build made of it. */
  readonly backupEntry: string;
  /** `process.argv` and the file of the AppImage, for starting again. */
  readonly argv: readonly string[];
  readonly appImage: string | undefined;
  /** Another device of the identity has signed this one out. */
  readonly signedOut: () => boolean;
  readonly onLink: (link: PeerLink) => void;
  readonly onNotice: (notice: Notice) => void;
  readonly showMain: () => void;
  readonly quit: () => void;
  readonly after: (ms: number, run: () => void) => unknown;
  readonly now: () => number;
  readonly logger: Logger;
}): Desktop {
  const { settings, people, windows, logger, platform } = parts;
  const mainWindow = () => windows.main;
  const locale = (): Locale =>
    settings.value.locale === 'system' ? parts.systemLocale : settings.value.locale;

  const port = createTray({
    resources: join(parts.appPath, 'resources'),
    platform,
    mainWindow,
    onOpen: parts.showMain,
    onStatus: (status) => {
      settings.update({ status }).catch((error: unknown) => logger.error('status not kept', { error }));
    },
    onQuit: parts.quit,
  });
  const attention = new Attention({
    port,
    title: parts.title,
    locale,
    status: () => settings.value.status,
  });
  attention.setUnseen(people.history.unseen);
  const unsubscribe = [
    people.history.on('changed', ({ unseen }) => attention.setUnseen(unseen)),
    settings.onChanged(() => attention.refresh()),
  ];

  const mover = new IdentityMover({
    identity: parts.identity,
    store: parts.identityStore,
    people: bookKeeper(people),
    dialogs: createIdentityDialogs({ mainWindow, locale }),
    codec: new BackupThread({ entry: parts.backupEntry }),
    writeFile: writeAtomically,
    signedOut: parts.signedOut,
    restart: () => {
      const args = withoutLinks(parts.argv.slice(1));
      parts.after(restartDelayMs, () => restartApp(args, parts.appImage));
    },
    now: parts.now,
    logger: logger.child('identity'),
  });

  const recordings = new Recordings({
    database: people.database,
    files: {
      ...createRecordingDialogs({ mainWindow, locale }),
      write: writeAtomically,
      read: readBounded,
    },
    logger: logger.child('recordings'),
  });

  return {
    mover,
    recordings,
    takeLinks: () =>
      parts.links.start({
        opened: (link) => {
          parts.showMain();
          parts.onLink(link);
        },
        refused: (notice) => {
          parts.showMain();
          parts.onNotice(notice);
        },
        logger: logger.child('links'),
      }),
    close: () => {
      unsubscribe.forEach((off) => off());
      port.close();
    },
  };
}
