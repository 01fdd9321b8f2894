import type { EndReason } from '#shared/call/endReasons.ts';
import type { ByeReason, CallBody, IceCandidate, SessionDescription } from '#shared/call/messages.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { IpcEvents, ReceivedCallMessage, SendReceipt } from '#shared/ipc/contract.ts';
import type { Result } from '#shared/result.ts';
import type { Settings } from '#shared/settings.ts';
import type { MissedCall, SendingState, TakenCall } from './types.ts';

/** This installation's address. */
export interface OwnAddress {
  readonly id: PeerId;
  readonly device: DeviceId;
}

interface CallBase {
  readonly callId: CallId;
  readonly peer: PeerId;
  /** Who placed the call in the eyes of the person; glare may make this differ from `role`. */
  readonly direction: 'outgoing' | 'incoming';
  /** Whose invite became the call: the caller made the first offer. */
  readonly role: 'caller' | 'callee';
  readonly video: boolean;
  readonly startedAt: number;
  readonly local: SendingState;
  /** What the peer takes us to be sending; a `media` message goes out when `local` differs. */
  readonly told: SendingState;
  readonly remote: SendingState;
}

/**
 * The way of the invite: not handed to signaling yet; handed over; also kept for a device that has just lost
 * its connection; with everybody who can still get it.
 */
type InviteProgress = 'preparing' | 'sent' | 'kept' | 'settled';

/** What became of the invite at one device of the callee; `unable`: it can neither ring nor answer. */
export type DeviceAnswer = 'reached' | 'ringing' | 'busy' | 'unable';

/** What a transport has last said; `connecting` before its first word. */
export type PathState = 'connecting' | TransportState;

export interface OutgoingCall extends CallBase {
  readonly phase: 'outgoing';
  readonly ringMs: number;
  readonly invite: InviteProgress;
  /** The devices of the callee that are known to have the invite. */
  readonly devices: ReadonlyMap<DeviceId, DeviceAnswer>;
  /** A device has said that it rings, whatever became of it since. */
  readonly rang: boolean;
  /** The device that is connected to while it rings: the first that answered the offer early. */
  readonly early: { readonly device: DeviceId; readonly path: PathState } | null;
  /** The network has changed since the offer was made: what it names may not be there any more. */
  readonly stale: boolean;
  /** The peer's own invite, ignored because of glare: declined if we give up. */
  readonly ignored: { readonly callId: CallId; readonly device: DeviceId } | null;
}

export interface IncomingRing extends CallBase {
  readonly phase: 'incoming';
  readonly device: DeviceId;
  /** The connection that is made while it rings; null: none is, or its answer is not ready yet. */
  readonly early: PathState | null;
  /** The network has changed since that connection was begun: its path may be gone, whatever it says of itself. */
  readonly moved: boolean;
  /** Why it cannot be connected, which shows when the person takes it; null: it can as far as is known. */
  readonly broken: ErrorCode | null;
}

interface AcceptedBase extends CallBase {
  readonly device: DeviceId;
  /** An ICE restart waits for signaling to come back. */
  readonly restartDue: boolean;
}

export interface ConnectingCall extends AcceptedBase {
  readonly phase: 'connecting';
  readonly path: PathState;
  /**
   * That both sides talk on this connection is certain. A callee that was connected to while it rang does not
   * know before word of the caller whether its `accept` was in time.
   */
  readonly agreed: boolean;
  /** The path was sought while it rang, maybe in vain: it is worth one restart before there is none. */
  readonly retry: boolean;
}

export interface ConnectedCall extends AcceptedBase {
  readonly phase: 'connected';
  readonly connectedAt: number;
}

export interface ReconnectingCall extends AcceptedBase {
  readonly phase: 'reconnecting';
  readonly connectedAt: number;
  /** From then on a message that reaches no device of the peer means that they are gone; epoch milliseconds. */
  readonly awaitedUntil: number;
}

export interface EndedCall extends CallBase {
  readonly phase: 'ended';
  readonly reason: EndReason;
  readonly code: ErrorCode | null;
  /** The own device that took or declined it instead of this one. */
  readonly elsewhere: DeviceId | null;
  readonly notice: 'left' | 'failed' | null;
  readonly connectedAt: number | null;
  readonly endedAt: number;
}

/** The phases in which both sides have agreed to talk. */
export type AcceptedCall = ConnectingCall | ConnectedCall | ReconnectingCall;
/** The phases in which there is something to end. */
export type OpenCall = OutgoingCall | IncomingRing | AcceptedCall;
export type CallState = { readonly phase: 'idle' } | OpenCall | EndedCall;

/** A call that is over here. */
export interface RecentCall {
  readonly callId: CallId;
  /** Set while it counts as missed: word may still come that another own device took it. */
  readonly missed: Pick<MissedCall, 'peer' | 'video' | 'at'> | null;
  /** Of a call that was accepted: how it ended, for a peer who has not heard it and tries to go on. */
  readonly farewell: { readonly to: PeerId; readonly reason: ByeReason } | null;
}

export interface Machine {
  readonly own: OwnAddress;
  /** Signaling is connected. */
  readonly online: boolean;
  /** There are relays for the call, or for the last one; true while that is not known. */
  readonly hasRelay: boolean;
  /** With whom this device connects while it rings. */
  readonly fastAnswer: Settings['network']['fastAnswer'];
  /** The last calls that ended here; a late invite of one of them is dropped. */
  readonly recent: readonly RecentCall[];
  readonly call: CallState;
}

export const timerNames = ['ring', 'noRinging', 'connect', 'restart', 'giveUp'] as const;
export type TimerName = (typeof timerNames)[number];

export type TransportState = 'connected' | 'disconnected' | 'failed';

/** What a session, a timer or signaling reports carries its call, so that late reports are dropped. */
export type CallEvent =
  | {
      readonly type: 'dial';
      readonly callId: CallId;
      readonly peer: PeerId;
      readonly video: boolean;
      readonly ringMs: number;
    }
  | { readonly type: 'accept'; readonly video: boolean }
  | { readonly type: 'decline' }
  | { readonly type: 'hangUp' }
  | { readonly type: 'dismiss' }
  | { readonly type: 'message'; readonly message: ReceivedCallMessage }
  /** Another own device says that it answered or declined a call. */
  | { readonly type: 'taken'; readonly taken: IpcEvents['callTaken'] }
  | { readonly type: 'signaling'; readonly online: boolean }
  /** Another own device has signed this one out: the server knows it no more. */
  | { readonly type: 'signedOut' }
  | { readonly type: 'fastAnswer'; readonly who: Settings['network']['fastAnswer'] }
  /** The computer has other addresses than before, or has slept. */
  | { readonly type: 'networkChanged' }
  | { readonly type: 'inviteSent'; readonly callId: CallId; readonly result: Result<SendReceipt> }
  | { readonly type: 'noticeDone'; readonly callId: CallId; readonly left: boolean }
  /** The receipt of a message that was sent to find out whether the peer is still there. */
  | { readonly type: 'reached'; readonly callId: CallId; readonly receipt: SendReceipt }
  | {
      readonly type: 'localDescription';
      readonly callId: CallId;
      readonly generation: number;
      readonly description: SessionDescription;
      /** The first offer of a connection that takes the place of another. */
      readonly fresh: boolean;
    }
  /** This side is the callee: the caller shall restart ICE. */
  | { readonly type: 'restartWanted'; readonly callId: CallId; readonly generation: number }
  | {
      readonly type: 'localCandidate';
      readonly callId: CallId;
      readonly generation: number;
      readonly candidate: IceCandidate | null;
    }
  | { readonly type: 'localMedia'; readonly local: SendingState }
  | { readonly type: 'transport'; readonly callId: CallId; readonly state: TransportState }
  /** The peer has closed the connection, and no word of theirs came after that. */
  | { readonly type: 'peerClosed'; readonly callId: CallId }
  /** The first sound or picture of the peer is here. */
  | { readonly type: 'mediaArrived'; readonly callId: CallId }
  /** The ICE servers of the call are known. */
  | { readonly type: 'routes'; readonly callId: CallId; readonly hasRelay: boolean }
  | { readonly type: 'sessionFailed'; readonly callId: CallId; readonly code: ErrorCode }
  | { readonly type: 'timer'; readonly callId: CallId; readonly name: TimerName };

export type CallEffect =
  | {
      readonly type: 'send';
      readonly to: PeerId;
      /** Undefined: every device of the peer. */
      readonly device: DeviceId | undefined;
      readonly callId: CallId;
      readonly body: CallBody;
      /** Whether the receipt comes back as an event: `inviteSent` or `reached`. */
      readonly report: 'no' | 'invite' | 'reach';
    }
  | { readonly type: 'startTimer'; readonly callId: CallId; readonly name: TimerName; readonly ms: number }
  | { readonly type: 'cancelTimer'; readonly name: TimerName }
  | { readonly type: 'cancelTimers' }
  | {
      readonly type: 'openSession';
      readonly callId: CallId;
      readonly role: 'caller' | 'callee';
      /** Perfect negotiation: this side gives way when both offer. */
      readonly polite: boolean;
    }
  | { readonly type: 'closeSession' }
  | { readonly type: 'captureMedia'; readonly camera: boolean }
  | { readonly type: 'releaseMedia' }
  | { readonly type: 'offer' }
  /** Connects before the call is accepted, without tracks; `relayed`: through a relay alone until then. */
  | { readonly type: 'answerEarly'; readonly relayed: boolean }
  | { readonly type: 'answer' }
  /** Both have agreed to talk: own tracks are sent, and what the peer sends is heard and seen. */
  | { readonly type: 'openMedia' }
  /** Gives the connection up for a new one, with an offer of its own. */
  | { readonly type: 'offerAfresh' }
  | {
      readonly type: 'remoteDescription';
      readonly generation: number;
      readonly description: SessionDescription;
      readonly fresh: boolean;
    }
  | { readonly type: 'remoteCandidate'; readonly generation: number; readonly candidate: IceCandidate | null }
  | { readonly type: 'restartIce' }
  /** The peer asks for it, and knows of this generation. */
  | { readonly type: 'remoteRestart'; readonly generation: number }
  | { readonly type: 'leaveNotice'; readonly to: PeerId; readonly callId: CallId; readonly video: boolean }
  | { readonly type: 'missed'; readonly missed: MissedCall }
  | { readonly type: 'takenElsewhere'; readonly call: TakenCall }
  /** Feeds an event back after this step has been shown. */
  | { readonly type: 'dispatch'; readonly event: CallEvent };

export interface Step {
  readonly state: Machine;
  readonly effects: readonly CallEffect[];
}

export const initialMachine = (own: OwnAddress): Machine => ({
  own,
  online: false,
  hasRelay: true,
  fastAnswer: 'never',
  recent: [],
  call: { phase: 'idle' },
});
