import { z } from 'zod';
import { callBodySchema, type CallBody } from '../call/messages.ts';
import { callRecordingSchema, type CallRecording, type RecordedCall } from '../call/recording.ts';
import { callIdSchema, deviceIdSchema, type CallId, type DeviceId } from '../identity/ids.ts';
import { peerIdSchema, type PeerId } from '../identity/peerId.ts';
import { logBounds, logLevels } from '../logging.ts';
import { contactBounds, contactDraftSchema, pictureSchema, type Contact } from '../people/contacts.ts';
import { callRecordSchema, historyFilters, historyRangeRows, type HistoryEntry } from '../people/history.ts';
import type { PeerLink } from '../people/links.ts';
import { deviceNameSchema, type OwnDevice } from '../people/ownDevices.ts';
import type { PresenceState } from '../protocol/messages.ts';
import { settingsPatchSchema, type IceServer, type Locale, type Settings } from '../settings.ts';
import type { OwnServerState, SignalingState } from '../signalingState.ts';
import type { CommandName } from './channels.ts';

/** The windows of the app; each command says which of them may use it. */
export type WindowRole = 'main' | 'incoming';

interface Command<Args, Value> {
  readonly args: z.ZodType<Args>;
  readonly windows: readonly WindowRole[];
  /** Type only: what an `ok` result carries. */
  readonly value?: Value;
}

const command =
  <Value>(...windows: WindowRole[]) =>
  <Args>(args: z.ZodType<Args>): Command<Args, Value> => ({ args, windows });

const nothing = z.object({});

export const noticeCodes = [
  'SETTINGS_BROKEN',
  'SETTINGS_WRITE_FAILED',
  'STORAGE_BROKEN',
  /** The database was damaged; `detail` says from which day the copy is that took its place, or is empty. */
  'STORAGE_RESTORED',
  'STORAGE_FULL',
  'STORAGE_READ_ONLY',
  'STORAGE_FAILED',
  'BLOCKED_LIMIT',
  /** A call was asked for while another one rings or goes on. */
  'CALL_BUSY',
  'PEER_LINK_INVALID',
  'IDENTITY_UNPROTECTED',
  'PEER_MESSAGE_REFUSED',
] as const;

/** Something the person should know that happened outside of a command, e.g. a settings file put aside. */
export interface Notice {
  readonly code: (typeof noticeCodes)[number];
  /** A file name or the like, shown with the sentence. */
  readonly detail?: string;
}

export interface AppInfo {
  readonly version: string;
  readonly platform: string;
  readonly profile: string;
  readonly id: PeerId;
  readonly deviceId: DeviceId;
  /** False where the system has no keychain: the key file is then protected by its mode alone. */
  readonly keyProtected: boolean;
  readonly systemLocale: Locale;
  readonly settings: Settings;
  readonly signaling: SignalingState;
  readonly ownServer: OwnServerState;
  /** The server of the command line, which holds for this run whatever the settings say; null: none. */
  readonly serverOverride: string | null;
  /** Missed calls that the person has not looked at. */
  readonly unseenCalls: number;
  readonly notices: readonly Notice[];
}

/** Where a sealed call message got to. */
export interface SendReceipt {
  readonly devices: readonly DeviceId[];
  readonly stored: boolean;
}

/** What a call may use to find its way. */
export interface CallIceServers {
  /** Those of the settings first, then the relays of the signaling server. */
  readonly servers: readonly IceServer[];
  /** When the first credential of the server's relays ends, milliseconds since the epoch; null: none does. */
  readonly expiresAt: number | null;
  /** How many of `servers` relay (have a TURN address). */
  readonly relays: number;
}

/** An opened and checked call message from a peer. */
export interface ReceivedCallMessage {
  readonly from: PeerId;
  readonly fromDevice: DeviceId;
  readonly callId: CallId;
  readonly body: CallBody;
  /** Whether the sender is in the address book. */
  readonly contact: boolean;
  /** How long it was under way by the server's clock, milliseconds. */
  readonly ageMs: number;
}

/** The call that rings. */
export interface IncomingCall {
  readonly callId: CallId;
  readonly from: PeerId;
  readonly video: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** What the window of an incoming call shows. */
export interface RingingCall extends IncomingCall {
  /** The contact's name; null: a stranger. */
  readonly name: string | null;
  /** The contact's picture as a data URL. */
  readonly picture: string | null;
  /** Nobody called this id or was called by it before. */
  readonly first: boolean;
}

const incomingCallSchema = z.object({
  callId: callIdSchema,
  from: peerIdSchema,
  video: z.boolean(),
  since: z.int().nonnegative(),
});

const incomingActions = ['accept', 'voice', 'decline', 'dismiss', 'add', 'block'] as const;
export type IncomingAction = (typeof incomingActions)[number];

export type MediaKind = 'camera' | 'microphone';

/** Flat: a page that is not ours any more could nest deeper than a parser survives, and fill the disk. */
const logContextSchema = z
  .record(
    z.string().max(logBounds.key),
    z.union([z.string().max(logBounds.text), z.number(), z.boolean(), z.null()]),
  )
  .refine((context) => Object.keys(context).length <= logBounds.facts, 'too many facts');

/** A recovery phrase, or the text of a backup file and its passphrase. */
const identitySourceSchema = z.discriminatedUnion('from', [
  z.object({ from: z.literal('phrase'), phrase: z.string().max(1_024) }),
  z.object({
    from: z.literal('backup'),
    file: z.string().max(64 * 1024 * 1024),
    passphrase: z.string().max(1_024),
  }),
]);
export type IdentitySource = z.infer<typeof identitySourceSchema>;

/** THE list of commands: renderer to main, every one answered with a `Result`. */
export const commands = {
  /** The interface is up: events queued for it are delivered from now on. */
  appReady: command<AppInfo>('main')(nothing),
  /** Puts text on the system's clipboard. */
  copyText: command<null>('main')(z.object({ text: z.string().max(4_096) })),
  settingsGet: command<Settings>('main', 'incoming')(nothing),
  settingsUpdate: command<Settings>('main')(settingsPatchSchema),
  /** Connects to the signaling server now instead of at the next planned attempt. */
  signalingRetry: command<null>('main')(nothing),
  /** Seals a message for every device of `to` (or the one named) and passes it to the server. */
  callSend: command<SendReceipt>('main')(
    z.object({
      to: peerIdSchema,
      device: deviceIdSchema.optional(),
      callId: callIdSchema,
      body: callBodySchema,
    }),
  ),
  /** What main needs to say `bye` when the renderer dies in a call; null after it. */
  callActive: command<null>('main')(
    z.object({
      call: z
        .object({
          callId: callIdSchema,
          peer: peerIdSchema,
          device: deviceIdSchema.optional(),
          /** What main says for a dead renderer: `cancel`, `decline` or `bye`. */
          stage: z.enum(['outgoing', 'incoming', 'accepted']),
        })
        .nullable(),
    }),
  ),
  /** Leaves word for somebody whom a call did not reach; false: the server had no room, or is away. */
  callNotice: command<boolean>('main')(
    z.object({ to: peerIdSchema, callId: callIdSchema, video: z.boolean() }),
  ),
  /** To be asked before every call. Answers within 1.5 s, without the server's relays if it has to. */
  iceServers: command<CallIceServers>('main')(nothing),

  contactsList: command<readonly Contact[]>('main')(nothing),
  /** Adds a contact or changes it. `picture`: absent keeps the present one, null removes it. */
  contactSave: command<Contact>('main')(
    contactDraftSchema.extend({ picture: pictureSchema.nullable().optional() }),
  ),
  /** The contact can be restored until the app is closed. */
  contactRemove: command<null>('main')(z.object({ id: peerIdSchema })),
  contactRestore: command<Contact>('main')(z.object({ id: peerIdSchema })),
  /** A data URL; null: the contact has no picture. */
  contactPicture: command<string | null>('main')(z.object({ id: peerIdSchema })),
  /** Contacts that are there already keep what the import does not name. */
  contactsImport: command<{ readonly added: number; readonly changed: number }>('main')(
    z.object({
      contacts: z
        .array(
          contactDraftSchema
            .pick({ id: true, name: true, note: true })
            .extend({ favourite: z.boolean().optional(), picture: pictureSchema.optional() }),
        )
        .max(contactBounds.importBatch),
    }),
  ),
  blockedList: command<readonly PeerId[]>('main')(nothing),
  blockedSet: command<null>('main')(z.object({ id: peerIdSchema, blocked: z.boolean() })),
  /** Everybody who is not offline, as far as they let us see it. */
  presenceList: command<Readonly<Record<PeerId, PresenceState>>>('main')(nothing),

  /** Rows from the newest on; `total` counts all that the filter lets through. */
  historyRange: command<{ readonly total: number; readonly entries: readonly HistoryEntry[] }>('main')(
    z.object({
      filter: z.enum(historyFilters),
      /** Only calls with this id. */
      peer: peerIdSchema.optional(),
      offset: z.int().nonnegative(),
      limit: z.int().min(1).max(historyRangeRows),
    }),
  ),
  /** Adds a call, or replaces the one with the same call id. */
  historyRecord: command<null>('main')(z.object({ call: callRecordSchema })),
  /** Missed calls count as looked at; of one id, or all. */
  historySeen: command<null>('main')(z.object({ peer: peerIdSchema.optional() })),
  /** Deletes the rows named, those with an id, those older than a time, or all. */
  historyRemove: command<{ readonly removed: number }>('main')(
    z.discriminatedUnion('what', [
      z.object({ what: z.literal('rows'), rows: z.array(z.int().positive()).min(1).max(historyRangeRows) }),
      z.object({ what: z.literal('peer'), peer: peerIdSchema }),
      z.object({ what: z.literal('before'), at: z.int().nonnegative() }),
      z.object({ what: z.literal('all') }),
    ]),
  ),

  /** Keeps how a call went on the network, and forgets the oldest of more than twenty. */
  recordingSave: command<null>('main')(z.object({ recording: callRecordingSchema })),
  /** Newest first. */
  recordingsList: command<readonly RecordedCall[]>('main')(nothing),
  /** Fails with RECORDING_UNKNOWN. */
  recordingGet: command<CallRecording>('main')(z.object({ callId: callIdSchema })),
  recordingRemove: command<null>('main')(z.object({ callId: callIdSchema })),
  /** Saves a copy that names nobody where a dialog of the system says; false: the person cancelled. */
  recordingExport: command<boolean>('main')(z.object({ callId: callIdSchema })),
  /** Reads a file that a dialog of the system asks for; null: the person cancelled. Nothing of it is kept. */
  recordingImport: command<CallRecording | null>('main')(nothing),

  ownDevicesList: command<readonly OwnDevice[]>('main')(nothing),
  ownDeviceRename: command<null>('main')(z.object({ device: deviceIdSchema, name: deviceNameSchema })),
  /** Ends the sessions of another device of this identity. */
  ownDeviceSignOut: command<null>('main')(z.object({ device: deviceIdSchema })),

  /** The recovery phrase, after the person has agreed in a dialog of the system; null: they did not. */
  identityPhrase: command<string | null>('main')(nothing),
  /** Saves an encrypted copy where a dialog of the system says; false: the person cancelled. */
  identityBackup: command<boolean>('main')(z.object({ passphrase: z.string().min(8).max(1_024) })),
  /** Whose identity that is, before anything is replaced. */
  identityInspect: command<{
    readonly id: PeerId;
    readonly contacts: number;
    /** Restoring starts the app again; false: it is the present identity, and only its contacts are taken. */
    readonly restarts: boolean;
  }>('main')(identitySourceSchema),
  /**
   * Takes that identity in place of the present one, which is kept aside, and starts the app again; false: the
   * person did not agree in a dialog of the system.
   */
  identityRestore: command<boolean>('main')(identitySourceSchema),

  /** The operating system's permission; asks the person where the system lets an app ask. */
  mediaAccess: command<'granted' | 'denied' | 'unknown'>('main')(
    z.object({ kind: z.enum(['camera', 'microphone']) }),
  ),
  /** Opens the system's privacy page for a device kind; false where the system has none. */
  openMediaSettings: command<boolean>('main')(z.object({ kind: z.enum(['camera', 'microphone']) })),
  /** Shows the window of an incoming call, or hides it with null. */
  incomingShow: command<null>('main')(z.object({ call: incomingCallSchema.nullable() })),
  incomingGet: command<RingingCall | null>('incoming')(nothing),
  incomingRespond: command<null>('incoming')(
    z.object({ callId: callIdSchema, action: z.enum(incomingActions) }),
  ),
  logWrite: command<null>(
    'main',
    'incoming',
  )(
    z.object({
      level: z.enum(logLevels),
      logger: z.string().max(logBounds.logger),
      message: z.string().max(logBounds.message),
      context: logContextSchema,
    }),
  ),
} as const satisfies Record<
  CommandName,
  { readonly args: z.ZodType; readonly windows: readonly WindowRole[] }
>;

/** THE list of events: main to renderer. The names are in `channels.ts`; only those can be sent. */
export interface IpcEvents {
  readonly signalingState: SignalingState;
  readonly ownServerState: OwnServerState;
  readonly callMessage: ReceivedCallMessage;
  /** Another device of this identity answered or declined a call that may ring here too. */
  readonly callTaken: {
    readonly callId: CallId;
    readonly device: DeviceId;
    readonly how: 'answered' | 'declined';
  };
  /** The computer has other addresses than before, or has slept. */
  readonly networkChanged: null;
  readonly settingsChanged: Settings;
  /** What changed in the address book. */
  readonly contactsChanged: { readonly saved: readonly Contact[]; readonly removed: readonly PeerId[] };
  readonly blockedChanged: readonly PeerId[];
  readonly presenceChanged: { readonly id: PeerId; readonly state: PresenceState };
  /** Rows came, changed or went; `unseen` counts missed calls that the person has not looked at. */
  readonly historyChanged: { readonly unseen: number };
  readonly ownDevicesChanged: readonly OwnDevice[];
  /** A link was opened on this computer; the person is asked before anything happens. */
  readonly linkOpened: PeerLink;
  /** The person pressed a button in the incoming window. */
  readonly incomingAction: { readonly callId: CallId; readonly action: IncomingAction };
  /** For the incoming window: the call it shows. */
  readonly incomingChanged: RingingCall | null;
  readonly notice: Notice;
}

export type CommandArgs<K extends CommandName> = z.output<(typeof commands)[K]['args']>;
export type CommandValue<K extends CommandName> = Exclude<(typeof commands)[K]['value'], undefined>;
