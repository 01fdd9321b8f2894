import type { Unsubscribe } from '#shared/emitter.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type {
  CallIceServers,
  CommandArgs,
  IpcEvents,
  ReceivedCallMessage,
  SendReceipt,
} from '#shared/ipc/contract.ts';
import type { Result } from '#shared/result.ts';
import type { SignalingState } from '#shared/signalingState.ts';

export type OutgoingCallMessage = CommandArgs<'callSend'>;
export type ActiveCall = CommandArgs<'callActive'>['call'];

/** Sealed messages to and from peers; messages to one device arrive in the order of the calls to `send`. */
export interface SignalingPort {
  send(message: OutgoingCallMessage): Promise<Result<SendReceipt>>;
  /** Leaves word of a call for a peer who is offline; false: there was no room for it. */
  leaveNotice(notice: CommandArgs<'callNotice'>): Promise<Result<boolean>>;
  onMessage(listener: (message: ReceivedCallMessage) => void): Unsubscribe;
  /** Another own device answered or declined a call. */
  onTaken(listener: (taken: IpcEvents['callTaken']) => void): Unsubscribe;
  onState(listener: (state: SignalingState) => void): Unsubscribe;
  /** The state now; `onState` reports changes only. */
  state(): SignalingState;
}

/** By which servers a call finds its way. */
export interface IceServersPort {
  /** Answers soon (1.5 s), with what there is. */
  get(): Promise<Result<CallIceServers>>;
}

/** The network of this computer. */
export interface NetworkPort {
  /** It has other addresses than before, or has slept. */
  onChanged(listener: () => void): Unsubscribe;
}

/** What the engine uses of `navigator.mediaDevices`. */
export interface MediaPort {
  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream>;
  enumerateDevices(): Promise<MediaDeviceInfo[]>;
  addEventListener(type: 'devicechange', listener: () => void): void;
  removeEventListener(type: 'devicechange', listener: () => void): void;
}

/** Makes the browser's objects. */
export interface RtcPort {
  createConnection(configuration: RTCConfiguration): RTCPeerConnection;
  createStream(tracks?: readonly MediaStreamTrack[]): MediaStream;
  /** What the browser can take as a picture, in its own order. */
  videoCodecs(): readonly RTCRtpCodec[];
}

/** Measures how loud a stream is. */
export interface LevelPort {
  /** Calls `listener` with 0 to 1 about ten times a second until the returned function is called. */
  watch(stream: MediaStream, listener: (level: number) => void): Unsubscribe;
  close(): void;
}

/** The operating system's permission for a kind of device; may ask the person. */
export interface PermissionPort {
  access(kind: 'camera' | 'microphone'): Promise<Result<'granted' | 'denied' | 'unknown'>>;
}

/** Keeps the main process informed of the call, so that it can speak for a renderer that died. */
export interface ActiveCallPort {
  report(call: ActiveCall): Promise<Result<null>>;
}

export interface EngineIdentity {
  readonly id: PeerId;
  readonly deviceId: DeviceId;
}

export type NewCallId = () => CallId;
