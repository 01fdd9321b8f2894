import type { CallBody } from '#shared/call/messages.ts';
import type { Clock } from '#shared/clock.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { SendReceipt } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { cleanLine } from '#shared/people/text.ts';
import { deviceNameChars } from '#shared/people/ownDevices.ts';
import { ok, type Result } from '#shared/result.ts';
import type { People } from './people.ts';
import type { ReportedCall } from './services/calls/ActiveCall.ts';
import type { Identity } from './services/identity/IdentityStore.ts';
import { DeviceCounters } from './services/ownDevices/DeviceCounters.ts';
import { DeviceCourier } from './services/ownDevices/DeviceCourier.ts';
import { OwnDevices } from './services/ownDevices/OwnDevices.ts';
import { OwnDeviceTable } from './services/ownDevices/OwnDeviceTable.ts';
import { RecordsSync } from './services/ownDevices/RecordsSync.ts';
import { Presence } from './services/presence/Presence.ts';
import { shownPresence } from './services/presence/shownPresence.ts';
import { BlocksSync } from './services/ownDevices/BlocksSync.ts';
import { BookSync } from './services/signaling/BookSync.ts';
import { BoxOpener } from './services/signaling/BoxOpener.ts';
import { CallCourier } from './services/signaling/CallCourier.ts';
import { Inbox } from './services/signaling/Inbox.ts';
import { IncomingLimits } from './services/signaling/IncomingLimits.ts';
import { KeyDirectory } from './services/signaling/KeyDirectory.ts';
import { Mailroom } from './services/signaling/Mailroom.ts';
import { Outbox } from './services/signaling/Outbox.ts';
import { Refusals } from './services/signaling/Refusals.ts';
import { ReplayGuard, type InviteMemory } from './services/signaling/ReplayGuard.ts';
import { Sealer } from './services/signaling/Sealer.ts';
import type { SignalingClient } from './services/signaling/SignalingClient.ts';
import type { SettingsStore } from './services/storage/SettingsStore.ts';

interface CallMessage {
  readonly to: PeerId;
  readonly device?: DeviceId | undefined;
  readonly callId: CallId;
  readonly body: CallBody;
}

/** All that goes through the signaling server, put together. */
export interface Post {
  readonly courier: CallCourier;
  readonly presence: Presence;
  readonly ownDevices: OwnDevices;
  readonly refusals: Refusals;
  /** Sends a call message, and tells whom else it concerns. */
  readonly sendCall: (message: CallMessage) => Promise<Result<SendReceipt>>;
  /** The call that the page is in changed. */
  readonly callChanged: (call: ReportedCall | null) => void;
  readonly close: () => void;
}

export function createPost(parts: {
  readonly identity: Pick<Identity, 'id' | 'deviceId' | 'keys'>;
  readonly client: SignalingClient;
  readonly invites: InviteMemory;
  readonly settings: Pick<SettingsStore, 'value' | 'update' | 'onChanged'>;
  readonly people: Pick<People, 'database' | 'book' | 'blocks' | 'gate' | 'history'>;
  /** `process.platform`. */
  readonly platform: string;
  readonly hostName: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): Post {
  const { identity, client, settings, platform, clock, logger } = parts;
  const { database, book: contacts, blocks, gate, history } = parts.people;
  const { requests } = client;
  const self = { id: identity.id, deviceId: identity.deviceId, publicKey: identity.keys.publicKey };

  // With whom the person is in a call, or dials: such a one must get through, whoever may call otherwise.
  let call: { readonly peer: PeerId; readonly stage: ReportedCall['stage'] } | undefined;
  const admits = (from: PeerId): boolean => gate.admits(from) || from === call?.peer;

  const directory = new KeyDirectory({
    request: async (id) => requests.key(id),
    logger: logger.child('keys'),
  });
  const sealer = new Sealer({ keys: identity.keys });
  const opener = new BoxOpener({ self, directory, sealer });
  const refusals = new Refusals({ clock, logger: logger.child('courier') });
  const limits = new IncomingLimits({
    now: () => clock.monotonic(),
    knows: (from) => contacts.isContact(from),
  });
  const outbox = new Outbox({ self, directory, sealer, clock });
  const inbox = new Inbox({
    self: self.id,
    client,
    opener,
    directory,
    limits,
    refusals,
    logger: logger.child('inbox'),
  });
  const courier = new CallCourier({
    self: self.id,
    client,
    requests,
    inbox,
    outbox,
    limits,
    guard: new ReplayGuard({ invites: parts.invites, now: () => clock.now() }),
    admits,
    isContact: (from) => contacts.isContact(from),
    refusals,
    clock,
    logger: logger.child('courier'),
  });
  courier.on('tooOften', (missed) => void history.recordMissed(missed));

  const deviceCourier = new DeviceCourier({
    self,
    requests,
    inbox,
    outbox,
    counters: new DeviceCounters({ database }),
    refusals,
    clock,
    logger: logger.child('devices'),
  });
  const ownDevices = new OwnDevices({
    self: self.deviceId,
    platform,
    name: () => settings.value.deviceName || cleanLine(parts.hostName, deviceNameChars) || platform,
    rename: async (deviceName) => settings.update({ deviceName }),
    client,
    requests,
    courier: deviceCourier,
    table: new OwnDeviceTable({ database }),
    records: new RecordsSync({ courier: deviceCourier, history, logger: logger.child('devices') }),
    blocks: new BlocksSync({ courier: deviceCourier, blocks, logger: logger.child('devices') }),
    clock,
    logger: logger.child('devices'),
  });
  const mailroom = new Mailroom({
    client,
    opener,
    admits: (from, at) => admits(from) && !blocks.wasBlocked(from, at),
    record: (missed) => {
      const recorded = history.recordMissed(missed);
      if (recorded.ok) {
        ownDevices.recorded({ ...missed, direction: 'incoming', seconds: 0, end: 'missed', device: null });
      }
      return recorded;
    },
    refusals,
    clock,
    logger: logger.child('mailroom'),
  });

  // Kept beside the book itself: asked for at every change, and with 5,000 contacts that is no small question.
  const known = contacts.list();
  const seesPresence = new Map(
    (known.ok ? known.value : []).map((contact) => [contact.id, contact.seesPresence]),
  );
  const bookSync = new BookSync({
    client,
    requests,
    facts: () => ({
      contacts: [...seesPresence].map(([id, sees]) => ({ id, seesPresence: sees })),
      blocked: blocks.list(),
      callsFrom: settings.value.callsFrom,
      partner: call?.peer,
    }),
    clock,
    logger: logger.child('book'),
  });
  const presence = new Presence({
    client,
    requests,
    shown: () => shownPresence(settings.value.status, call !== undefined && call.stage !== 'incoming'),
    watched: () => [...seesPresence.keys()].filter((id) => !blocks.has(id)),
    clock,
    logger: logger.child('presence'),
  });

  const log = (error: unknown) => logger.error('server not told', { error });
  const bookChanged = (): void => {
    bookSync.changed().catch(log);
    presence.watchedChanged().catch(log);
  };
  const unsubscribe = [
    contacts.on('changed', ({ saved, removed }) => {
      saved.forEach((contact) => seesPresence.set(contact.id, contact.seesPresence));
      removed.forEach((id) => seesPresence.delete(id));
      bookChanged();
    }),
    blocks.on('changed', bookChanged),
    blocks.on('made', (change) => ownDevices.blocked(change)),
    history.on('seen', (calls) => ownDevices.looked(calls)),
    settings.onChanged(() => {
      bookSync.changed().catch(log);
      presence.shownChanged().catch(log);
      ownDevices.nameChanged();
    }),
  ];
  /** Done when the server lets the partner through. */
  let opening: Promise<void> | undefined;
  const setCall = (next: typeof call): void => {
    const concerned = [call?.peer, next?.peer].filter((peer) => peer !== undefined && !gate.admits(peer));
    const samePeer = call?.peer === next?.peer;
    call = next;
    presence.shownChanged().catch(log);
    if (!samePeer) {
      opening = concerned.length === 0 ? undefined : bookSync.changed().catch(log);
    }
  };

  return {
    courier,
    presence,
    ownDevices,
    refusals,
    sendCall: async (message) => {
      if (message.body.type === 'invite') {
        setCall({ peer: message.to, stage: 'outgoing' });
      }
      if (message.to === call?.peer && opening !== undefined) {
        await opening;
      }
      const sent = gate.maySend(message.to, message.body)
        ? courier.send(message)
        : ok({ devices: [], stored: false });
      ownDevices.tookCall(message);
      return sent;
    },
    callChanged: (next) => {
      setCall(next ?? undefined);
    },
    close: () => {
      unsubscribe.forEach((off) => off());
      for (const service of [courier, inbox, mailroom, deviceCourier, ownDevices, bookSync, presence]) {
        service.close();
      }
    },
  };
}
