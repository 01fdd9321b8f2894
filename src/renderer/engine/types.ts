import type { EndReason } from '#shared/call/endReasons.ts';
import type { CallNetworkEvent, CallRecording, CallSample } from '#shared/call/recording.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { QualityReading } from './quality.ts';

/** Which devices are open for the person to see and hear themself outside of a call. */
export interface PreviewKinds {
  readonly camera: boolean;
  readonly microphone: boolean;
}

/** What one end of a call sends. */
export interface SendingState {
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
}

interface CallFacts {
  readonly callId: CallId;
  readonly peer: PeerId;
  readonly direction: 'outgoing' | 'incoming';
  /** The caller asked for a video call. */
  readonly video: boolean;
  /** When it was dialled or arrived, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly local: SendingState;
  /** What the peer says it sends. */
  readonly remote: SendingState;
}

/**
 * One call as the interface sees it: a plain value that is replaced, never changed. `calling` becomes
 * `reached` when the server has brought the invite to devices of the callee, and `ringing` only when one of
 * them said so.
 */
export type CallSnapshot =
  | (CallFacts & {
      readonly phase: 'outgoing';
      readonly stage: 'calling' | 'reached' | 'ringing';
      /** Devices that were reached, or that ring once one does. */
      readonly devices: number;
    })
  | (CallFacts & { readonly phase: 'incoming' })
  | (CallFacts & { readonly phase: 'connecting' })
  | (CallFacts & { readonly phase: 'connected' | 'reconnecting'; readonly connectedAt: number })
  | (CallFacts & {
      readonly phase: 'ended';
      readonly reason: EndReason;
      /** More for the log and for a support request; never shown without the sentence of the reason. */
      readonly code: ErrorCode | null;
      /** The own device that took or declined it instead of this one. */
      readonly elsewhere: DeviceId | null;
      /** Whether word of the call waits for a peer who was offline; null: not tried, or not known yet. */
      readonly notice: 'left' | 'failed' | null;
      readonly connectedAt: number | null;
      readonly endedAt: number;
    });

export const deviceKinds = ['camera', 'microphone', 'speaker'] as const;
export type DeviceKind = (typeof deviceKinds)[number];

export interface DeviceOption {
  readonly deviceId: string;
  /** Empty until the person has granted the permission. */
  readonly label: string;
}

export type DeviceProblem =
  'MEDIA_DENIED' | 'MEDIA_DENIED_BY_SYSTEM' | 'MEDIA_NONE' | 'MEDIA_BUSY' | 'MEDIA_FAILED';

/** One kind of device: what there is, what was asked for, what is in use. */
export interface DeviceState {
  readonly options: readonly DeviceOption[];
  /** The person's choice; kept while the device is away. Null: the system's default. */
  readonly preferred: DeviceOption | null;
  /** What `deviceSelection` makes of both; null when there is none. */
  readonly active: DeviceOption | null;
  /** Why the last attempt to open it failed; null when it works or was not tried. */
  readonly problem: DeviceProblem | null;
}

export type DeviceSnapshot = Readonly<Record<DeviceKind, DeviceState>>;

/** A call that never rang here: it came too late, or during another call. */
export interface MissedCall {
  readonly callId: CallId;
  readonly peer: PeerId;
  readonly video: boolean;
  /** When the peer called, milliseconds since the epoch. */
  readonly at: number;
  readonly reason: 'late' | 'busy';
}

/** A call that was missed here until word came that another own device took or declined it. */
export interface TakenCall extends Pick<MissedCall, 'callId' | 'peer' | 'video' | 'at'> {
  readonly how: 'answered' | 'declined';
  readonly device: DeviceId;
}

/** How a call does on the network, second by second. */
export interface NetworkReading {
  readonly callId: CallId;
  readonly sample: CallSample;
  readonly reading: QualityReading;
  /** What the states did since the call began, as far as they are kept. */
  readonly events: readonly CallNetworkEvent[];
  /** The camera is on, and its picture is not sent while the network is this bad. */
  readonly held: boolean;
}

/** Events of the engine. Streams are live objects: keep them out of reactive proxies. */
export interface EngineEvents {
  /** Undefined: no call, nothing to show. An ended call stays until `dismiss()`. */
  readonly call: CallSnapshot | undefined;
  /** A call that was not shown; one that rang and was given up is an ended call (`missed`) instead. */
  readonly missed: MissedCall;
  /** A call that is not shown any more turns out not to be missed; one still shown changes its reason instead. */
  readonly takenElsewhere: TakenCall;
  readonly devices: DeviceSnapshot;
  /** The camera was asked for in a call and is not open yet; it counts as off until then, unless it was on before. */
  readonly cameraOpening: boolean;
  /** Own picture (preview or call); null when no camera runs. */
  readonly localVideo: MediaStream | null;
  /** What the peer sends; null outside a call. The same object for the whole call. */
  readonly remoteStream: MediaStream | null;
  /** Each second of a call that has a connection. */
  readonly network: NetworkReading;
  /** A call that had a connection, or tried to get one, is over: all that was seen of its network. */
  readonly recording: CallRecording;
  /** Own microphone level, 0 to 1, about 10 times a second while a microphone is open. */
  readonly microphoneLevel: number;
  /** Level of what the peer sends, 0 to 1, about 10 times a second in a call. */
  readonly remoteLevel: number;
}
