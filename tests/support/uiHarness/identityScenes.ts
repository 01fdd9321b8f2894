import { formatPeerId } from '#shared/identity/peerId.ts';
import type { PeerLink } from '#shared/people/links.ts';
import type { Page } from '@playwright/test';
import { personId } from './people.ts';
import type { Harness } from './harness.ts';
import type { Scene } from './scenes.ts';

type Act = (page: Page) => Promise<void>;

/** The phrase that BIP-39 gives for 32 bytes of 0x7f. */
export const samplePhrase =
  'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title';

/** Whose backup the bridge of the harness opens. */
export const restoredId = personId(7);

/** Every screen about links and about moving the identity; `home` is what stands behind. */
export const identityScenes = (home: Scene): Readonly<Record<string, Scene>> => {
  const remote = {
    ...home,
    settings: {
      server: { mode: 'remote', url: 'wss://calls.example.org', openToNetwork: false, port: 7480 },
    },
  } as const;
  const signedOut: Scene = {
    ...home,
    info: {
      ...home.info,
      signaling: {
        ...{ phase: 'offline', url: 'wss://calls.example.org', since: 0 },
        ...{ reason: 'SIGNALING_SIGNED_OUT', retryAt: null },
      },
    },
  };
  return {
    identityPhrase: home,
    identityBackup: home,
    identityBackupWeak: home,
    identityBackupBusy: { ...home, never: ['identityBackup'] },
    identityBackupSaved: home,
    identityBackupRefused: { ...home, refuse: ['identityBackup'] },
    identityRestore: home,
    identityRestoreWord: home,
    identityRestoreFile: home,
    identityRestoreFound: home,
    identityRestoreSame: home,
    identityRejoin: signedOut,
    identityRejoinDone: signedOut,
    identityRestoreDone: home,
    linkStranger: home,
    linkContact: home,
    linkOwn: home,
    linkOtherServer: remote,
    linkFixedServer: { ...home, info: { ...home.info, serverOverride: 'ws://127.0.0.1:7480' } },
    linkOffline: {
      ...home,
      info: {
        ...home.info,
        signaling: { phase: 'connecting', url: 'wss://calls.example.org', since: 0 },
      },
    },
  };
};

const press =
  (id: string): Act =>
  async (page) =>
    page.getByTestId(id).click();
const fill =
  (id: string, text: string): Act =>
  async (page) =>
    page.getByTestId(id).fill(text);
const all =
  (...acts: readonly Act[]): Act =>
  async (page) => {
    for (const act of acts) {
      await act(page);
    }
  };

const section = (button: string): Act => all(press('nav-settings'), press(`identity-${button}`));
const opensLink =
  (link: PeerLink): Act =>
  async (page) => {
    await page.evaluate(
      (payload) => (window as unknown as { harness: Harness }).harness.tell('linkOpened', payload),
      link,
    );
    await page.getByTestId('link-dialog').waitFor();
  };

const restoreWith = (phrase: string): Act => all(section('restore'), fill('restore-phrase', phrase));
const chooseFile: Act = async (page) => {
  await page.getByTestId('restore-from-backup').click();
  await page.getByTestId('restore-file').setInputFiles({
    name: 'peerline-backup-2031-05-06 with a name that goes on for longer than the dialog is wide.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{}'),
  });
};
const restoreFile: Act = all(section('restore'), chooseFile, fill('restore-passphrase', 'a long passphrase'));

/** What a person does to get there. */
export const identityActs: Readonly<Record<string, Act>> = {
  identityPhrase: section('phrase'),
  identityBackup: section('backup'),
  identityBackupWeak: all(
    section('backup'),
    fill('backup-passphrase', 'password'),
    fill('backup-again', 'passwort'),
    press('backup-save'),
  ),
  identityBackupBusy: all(section('backup'), backupWith('four words in a row')),
  identityBackupSaved: all(section('backup'), backupWith('four words in a row')),
  identityBackupRefused: all(section('backup'), backupWith('four words in a row')),
  identityRestore: restoreWith(samplePhrase.split(' ').slice(0, 11).join(' ')),
  identityRestoreWord: restoreWith('legal winnner thank year'),
  identityRestoreFile: restoreFile,
  identityRestoreFound: all(restoreFile, press('restore-next')),
  identityRestoreSame: all(restoreWith(samplePhrase), press('restore-next')),
  identityRejoin: all(restoreWith(samplePhrase), press('restore-next')),
  identityRejoinDone: all(restoreWith(samplePhrase), press('restore-next'), press('restore-confirm')),
  identityRestoreDone: all(restoreFile, press('restore-next'), press('restore-confirm')),
  linkStranger: opensLink({ id: personId(9), server: null }),
  linkContact: opensLink({ id: personId(2), server: null }),
  linkOwn: opensLink({ id: personId(0), server: null }),
  linkOtherServer: opensLink({
    id: personId(9),
    server: `wss://signal.example.org/with/a/path/that/is/longer/than/most/${formatPeerId(personId(9))}`,
  }),
  linkFixedServer: opensLink({ id: personId(9), server: 'wss://signal.example.org' }),
  linkOffline: opensLink({ id: personId(9), server: null }),
};

function backupWith(passphrase: string): Act {
  return all(fill('backup-passphrase', passphrase), fill('backup-again', passphrase), press('backup-save'));
}
