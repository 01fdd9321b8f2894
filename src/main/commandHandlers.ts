import { clipboard } from 'electron';
import type { AppInfo, Notice } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { ok } from '#shared/result.ts';
import { createCallHandlers } from './handlers/callHandlers.ts';
import { createContactsHandlers } from './handlers/contactsHandlers.ts';
import { createHistoryHandlers } from './handlers/historyHandlers.ts';
import { createIceHandlers } from './handlers/iceHandlers.ts';
import { createIdentityHandlers } from './handlers/identityHandlers.ts';
import { createOwnDevicesHandlers } from './handlers/ownDevicesHandlers.ts';
import { createPresenceHandlers } from './handlers/presenceHandlers.ts';
import { createRecordingHandlers } from './handlers/recordingHandlers.ts';
import type { Post } from './post.ts';
import type { ActiveCall } from './services/calls/ActiveCall.ts';
import type { IncomingPopup } from './services/calls/IncomingPopup.ts';
import type { BlockList } from './services/contacts/BlockList.ts';
import type { ContactBook } from './services/contacts/ContactBook.ts';
import type { CallHistory } from './services/history/CallHistory.ts';
import type { CallIce } from './services/ice/CallIce.ts';
import type { IdentityMover } from './services/identity/IdentityMover.ts';
import type { Recordings } from './services/recordings/Recordings.ts';
import type { EmbeddedServer } from './services/server/EmbeddedServer.ts';
import type { SignalingClient } from './services/signaling/SignalingClient.ts';
import type { SettingsStore } from './services/storage/SettingsStore.ts';
import type { CommandHandlers } from './shell/ipcHost.ts';
import { mediaAccess, openMediaSettings } from './shell/mediaAccess.ts';

/** Every command of the contract, in its order; each is one call into a service. */
export function createCommandHandlers(parts: {
  readonly facts: Pick<
    AppInfo,
    | 'version'
    | 'platform'
    | 'profile'
    | 'id'
    | 'deviceId'
    | 'keyProtected'
    | 'systemLocale'
    | 'serverOverride'
  >;
  readonly platform: NodeJS.Platform;
  /** What went wrong while starting; handed to the first page that asks. */
  readonly takeNotices: () => readonly Notice[];
  readonly settings: SettingsStore;
  readonly book: ContactBook;
  readonly blocks: BlockList;
  readonly history: CallHistory;
  readonly client: SignalingClient;
  readonly post: Post;
  readonly ice: CallIce;
  readonly ownServer: EmbeddedServer;
  readonly activeCall: ActiveCall;
  readonly popup: IncomingPopup;
  readonly mover: IdentityMover;
  readonly recordings: Recordings;
  readonly logger: Logger;
}): CommandHandlers {
  const { settings, book, blocks, history, client, post, ownServer, activeCall, popup } = parts;
  const done = ok(null);
  const pageLogger = parts.logger.child('page');
  return {
    appReady: () => {
      // A page that starts knows of no call: whatever the one before it was in, ends here.
      popup.show(null);
      void activeCall.end('crashed');
      return ok({
        ...parts.facts,
        settings: settings.value,
        signaling: client.state,
        ownServer: ownServer.state,
        unseenCalls: history.unseen,
        notices: parts.takeNotices(),
      });
    },
    copyText: async ({ text }) => {
      await clipboard.writeText(text);
      return done;
    },
    settingsGet: () => ok(settings.value),
    settingsUpdate: async (patch) => settings.update(patch),
    signalingRetry: () => {
      client.retry();
      return done;
    },
    ...createCallHandlers({ post, activeCall }),
    ...createIceHandlers({ ice: parts.ice }),
    ...createContactsHandlers({ book, blocks }),
    ...createPresenceHandlers({ presence: post.presence }),
    ...createHistoryHandlers({ history, onRecorded: (call) => post.ownDevices.recorded(call) }),
    ...createRecordingHandlers({ recordings: parts.recordings }),
    ...createOwnDevicesHandlers({ ownDevices: post.ownDevices }),
    ...createIdentityHandlers({ mover: parts.mover }),
    mediaAccess: async ({ kind }) => ok(await mediaAccess(kind, parts.platform)),
    openMediaSettings: async ({ kind }) => ok(await openMediaSettings(kind, parts.platform)),
    incomingShow: ({ call }) => {
      popup.show(call);
      return done;
    },
    incomingGet: () => ok(popup.call),
    incomingRespond: ({ callId, action }) => {
      popup.respond(callId, action);
      return done;
    },
    logWrite: ({ level, logger, message, context }) => {
      pageLogger.child(logger)[level](message, context);
      return done;
    },
  };
}
