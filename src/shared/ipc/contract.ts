import { z } from 'zod';
import { endReasons } from '../call/endReasons.ts';
import { callBodySchema, type CallBody } from '../call/messages.ts';
import { callIdSchema, deviceIdSchema, type CallId, type DeviceId } from '../identity/ids.ts';
import { peerIdSchema, type PeerId } from '../identity/peerId.ts';
import { logBounds, logLevels } from '../logging.ts';
import { settingsPatchSchema, type Locale, type Settings } from '../settings.ts';
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

/** Something the person should know that happened outside of a command, e.g. a settings file put aside. */
export interface Notice {
  readonly code:
    | 'SETTINGS_BROKEN'
    | 'SETTINGS_WRITE_FAILED'
    | 'STORAGE_BROKEN'
    | 'IDENTITY_UNPROTECTED'
    | 'PEER_MESSAGE_REFUSED';
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
  readonly notices: readonly Notice[];
}

export const recentCallSchema = z.object({
  id: peerIdSchema,
  direction: z.enum(['outgoing', 'incoming']),
  video: z.boolean(),
  /** Null while the call lasts. */
  end: z.enum(endReasons).nullable(),
  /** When it began, milliseconds since the epoch. */
  at: z.int().nonnegative(),
  /** How long they talked, seconds; 0 when it was not answered. */
  seconds: z.int().nonnegative(),
});
export type RecentCall = z.infer<typeof recentCallSchema>;

/** Where a sealed call message got to. */
export interface SendReceipt {
  readonly devices: readonly DeviceId[];
  readonly stored: boolean;
}

/** An opened and checked call message from a peer. */
export interface ReceivedCallMessage {
  readonly from: PeerId;
  readonly fromDevice: DeviceId;
  readonly callId: CallId;
  readonly body: CallBody;
  /** How long it was under way by the server's clock, milliseconds. */
  readonly ageMs: number;
}

/** The call that rings, as its own window shows it. */
export interface IncomingCall {
  readonly callId: CallId;
  readonly from: PeerId;
  readonly video: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

const incomingCallSchema = z.object({
  callId: callIdSchema,
  from: peerIdSchema,
  video: z.boolean(),
  since: z.int().nonnegative(),
});

const incomingActions = ['accept', 'voice', 'decline', 'dismiss'] as const;
export type IncomingAction = (typeof incomingActions)[number];

export type MediaKind = 'camera' | 'microphone';

/** Flat: a page that is not ours any more could nest deeper than a parser survives, and fill the disk. */
const logContextSchema = z
  .record(
    z.string().max(logBounds.key),
    z.union([z.string().max(logBounds.text), z.number(), z.boolean(), z.null()]),
  )
  .refine((context) => Object.keys(context).length <= logBounds.facts, 'too many facts');

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
  recentsList: command<readonly RecentCall[]>('main')(nothing),
  /** Adds a call, or replaces the one with the same id. */
  recentsRecord: command<null>('main')(z.object({ call: recentCallSchema })),
  recentsRemove: command<null>('main')(z.object({ id: peerIdSchema })),
  /** The operating system's permission; asks the person where the system lets an app ask. */
  mediaAccess: command<'granted' | 'denied' | 'unknown'>('main')(
    z.object({ kind: z.enum(['camera', 'microphone']) }),
  ),
  /** Opens the system's privacy page for a device kind; false where the system has none. */
  openMediaSettings: command<boolean>('main')(z.object({ kind: z.enum(['camera', 'microphone']) })),
  /** Shows the window of an incoming call, or hides it with null. */
  incomingShow: command<null>('main')(z.object({ call: incomingCallSchema.nullable() })),
  incomingGet: command<IncomingCall | null>('incoming')(nothing),
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
  readonly settingsChanged: Settings;
  readonly recentsChanged: readonly RecentCall[];
  /** The person pressed a button in the incoming window. */
  readonly incomingAction: { readonly callId: CallId; readonly action: IncomingAction };
  /** For the incoming window: the call it shows. */
  readonly incomingChanged: IncomingCall | null;
  readonly notice: Notice;
}

export type CommandArgs<K extends CommandName> = z.output<(typeof commands)[K]['args']>;
export type CommandValue<K extends CommandName> = Exclude<(typeof commands)[K]['value'], undefined>;
