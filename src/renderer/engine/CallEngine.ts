import type { Clock } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { assertNever, fail, ok, type Result } from '#shared/result.ts';
import type { Settings } from '#shared/settings.ts';
import { isSignedOut } from '#shared/signalingState.ts';
import { CallEffects } from './CallEffects.ts';
import { CallLoop } from './CallLoop.ts';
import type { CallNetwork } from './CallNetwork.ts';
import { snapshotOf } from './callSnapshot.ts';
import type { CallEvent, CallState } from './callState.ts';
import { DeviceManager, type DevicePreferences } from './DeviceManager.ts';
import { activeCallOf, recordingOf, sameActiveCall } from './engineProjections.ts';
import { LevelMeters } from './LevelMeters.ts';
import { LocalMedia } from './LocalMedia.ts';
import type {
  ActiveCall,
  ActiveCallPort,
  EngineIdentity,
  IceServersPort,
  LevelPort,
  MediaPort,
  NetworkPort,
  NewCallId,
  PermissionPort,
  RtcPort,
  SignalingPort,
} from './ports.ts';
import { TaskQueue } from './TaskQueue.ts';
import type {
  CallSnapshot,
  DeviceKind,
  DeviceOption,
  DeviceSnapshot,
  EngineEvents,
  PreviewKinds,
} from './types.ts';

export interface CallEngineOptions {
  readonly identity: EngineIdentity;
  readonly signaling: SignalingPort;
  readonly activeCall: ActiveCallPort;
  readonly permission: PermissionPort;
  readonly media: MediaPort;
  readonly rtc: RtcPort;
  readonly levels: LevelPort;
  readonly newCallId: NewCallId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly preferences: DevicePreferences;
  readonly iceServers: IceServersPort;
  readonly networkChanges: NetworkPort;
  readonly network: Settings['network'];
  /** How long an outgoing call rings, seconds. */
  readonly ringSeconds: number;
}

type Done = Result<null>;

/**
 * The one owner of the call and of the devices. Commands in, `EngineEvents` out; everything that happens
 * goes through the call machine one event at a time, and the engine carries out what the machine asks for.
 */
export class CallEngine {
  readonly #options: CallEngineOptions;
  readonly #events: Emitter<EngineEvents>;
  readonly #devices: DeviceManager;
  readonly #media: LocalMedia;
  readonly #meters: LevelMeters;
  readonly #reports: TaskQueue;
  readonly #effects: CallEffects;
  readonly #loop: CallLoop;
  #unsubscribe: Unsubscribe[] = [];
  #snapshot: CallSnapshot | undefined;
  #localVideo: MediaStream | null = null;
  #reported: ActiveCall = null;
  #ringSeconds: number;
  #recorded: CallNetwork | undefined;
  #closed = false;

  constructor(options: CallEngineOptions) {
    const { media, permission, clock, logger, identity, rtc } = options;
    this.#options = options;
    this.#ringSeconds = options.ringSeconds;
    this.#events = new Emitter((error, event) => logger.error('engine listener failed', { event, error }));
    this.#devices = new DeviceManager({
      media,
      clock,
      logger: logger.child('devices'),
      preferences: options.preferences,
    });
    this.#media = new LocalMedia({
      media,
      permission,
      devices: this.#devices,
      logger: logger.child('media'),
    });
    this.#meters = new LevelMeters({
      levels: options.levels,
      rtc,
      onMicrophone: (level) => this.#events.emit('microphoneLevel', level),
      onRemote: (level) => this.#events.emit('remoteLevel', level),
    });
    this.#effects = new CallEffects({
      ...{ rtc, clock, logger },
      signaling: options.signaling,
      media: this.#media,
      iceServers: options.iceServers,
      network: options.network,
      onReading: (reading) => this.#events.emit('network', reading),
      onEvent: (event) => this.#loop.dispatch(event),
      onMissed: (call) => this.#events.emit('missed', call),
      onTakenElsewhere: (call) => this.#events.emit('takenElsewhere', call),
      onRemoteStream: (stream) => this.#events.emit('remoteStream', stream),
      onRemoteSound: (stream) => this.#meters.watchRemote(stream),
    });
    this.#loop = new CallLoop({
      ...{ clock, logger },
      own: { id: identity.id, device: identity.deviceId },
      run: (effect) => this.#effects.run(effect),
      onChange: (call) => this.#show(call),
    });
    this.#reports = new TaskQueue({
      onError: ({ label, error }) => logger.warn('report failed', { label, error }),
    });
  }

  /** Begins to list devices and to listen to signaling. */
  start(): void {
    const { signaling, networkChanges, network } = this.#options;
    this.#unsubscribe = [
      networkChanges.onChanged(() => this.#loop.dispatch({ type: 'networkChanged' })),
      signaling.onMessage((message) => this.#loop.dispatch({ type: 'message', message })),
      signaling.onTaken((taken) => this.#loop.dispatch({ type: 'taken', taken })),
      signaling.onState((state) => {
        this.#effects.watched?.note('signaling', state.phase);
        this.#loop.dispatch({ type: 'signaling', online: state.phase === 'online' });
        if (isSignedOut(state)) {
          this.#loop.dispatch({ type: 'signedOut' });
        }
      }),
      this.#devices.on('changed', (devices) => this.#events.emit('devices', devices)),
      this.#media.on('sending', (local) => this.#loop.dispatch({ type: 'localMedia', local })),
      this.#media.on('cameraOpening', (opening) => this.#events.emit('cameraOpening', opening)),
      this.#media.on('track', ({ kind, track }) => {
        if (kind === 'camera') {
          this.#showLocalVideo(track);
        } else {
          this.#meters.watchMicrophone(track);
        }
      }),
    ];
    this.#loop.dispatch({ type: 'signaling', online: signaling.state().phase === 'online' });
    this.setNetwork(network);
    this.#devices.start();
  }

  /** Ends a call that is going on and releases everything. The engine cannot be started again. */
  close(): void {
    if (this.#closed) {
      return;
    }
    this.#loop.dispatch({ type: 'hangUp' });
    this.#closed = true;
    this.#loop.close();
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
    this.#effects.close();
    this.#meters.close();
    this.#media.close();
    this.#devices.close();
    this.#options.levels.close();
    this.#events.clear();
  }

  on<K extends keyof EngineEvents>(event: K, listener: (payload: EngineEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  get call(): CallSnapshot | undefined {
    return this.#snapshot;
  }

  get devices(): DeviceSnapshot {
    return this.#devices.snapshot;
  }

  get localVideo(): MediaStream | null {
    return this.#localVideo;
  }

  get remoteStream(): MediaStream | null {
    return this.#effects.remoteStream;
  }

  /**
   * Calls a peer; the call appears at once, what becomes of it are `call` events. Dialling the peer who is
   * ringing takes its call. Errors: PEER_IS_SELF, CALL_BUSY.
   */
  dial(peer: PeerId, media: { readonly video: boolean }): Done {
    const { phase } = this.#loop.call;
    const taking = this.#loop.call.phase === 'incoming' && this.#loop.call.peer === peer;
    if (peer === this.#options.identity.id) {
      return fail('PEER_IS_SELF', 'the own id cannot be called');
    }
    if (phase !== 'idle' && phase !== 'ended' && !taking) {
      return fail('CALL_BUSY', 'another call is going on');
    }
    this.#loop.dispatch({
      type: 'dial',
      callId: this.#options.newCallId(),
      peer,
      video: media.video,
      ringMs: this.#ringSeconds * 1_000,
    });
    return ok(null);
  }

  /** Takes the call that rings, with the camera on or off. Error: CALL_NONE. */
  accept(media: { readonly video: boolean }): Done {
    return this.#command({ type: 'accept', video: media.video }, 'incoming');
  }

  /** Refuses the call that rings. Error: CALL_NONE. */
  decline(): Done {
    return this.#command({ type: 'decline' }, 'incoming');
  }

  /** Ends, gives up or refuses the call, whichever fits. Devices are released when it returns. Error: CALL_NONE. */
  hangUp(): Done {
    return this.#command(
      { type: 'hangUp' },
      ...(['outgoing', 'incoming', 'connecting', 'connected', 'reconnecting'] as const),
    );
  }

  /** Puts an ended call away. Error: CALL_NONE. */
  dismiss(): Done {
    return this.#command({ type: 'dismiss' }, 'ended');
  }

  /** Mutes or unmutes. Error: CALL_NONE. */
  setMicrophone(on: boolean): Done {
    return this.#setMedia(() => this.#media.setCallMicrophone(on));
  }

  /**
   * Off stops the camera (its light goes out) when this returns; on opens it, which shows in the call's
   * `local` when it is done, or as a problem of the device. Error: CALL_NONE.
   */
  setCamera(on: boolean): Done {
    return this.#setMedia(() => this.#media.setCallCamera(on));
  }

  /** The person's choice of a device; null: the system's default. Takes effect in a call too. */
  prefer(kind: DeviceKind, device: DeviceOption | null): void {
    this.#devices.prefer(kind, device);
  }

  /** Opens devices outside of a call, for the picture and the level, and closes those that are not named. */
  setPreview(kinds: PreviewKinds): void {
    this.#media.setPreview(kinds);
  }

  /** For calls that begin from now on, but for data saver, which holds at once. */
  setNetwork(network: Settings['network']): void {
    this.#effects.network = network;
    this.#loop.dispatch({ type: 'fastAnswer', who: network.fastAnswer });
  }

  /** For calls that are dialled from now on. */
  setRingSeconds(seconds: number): void {
    this.#ringSeconds = seconds;
  }

  #command(event: CallEvent, ...phases: CallSnapshot['phase'][]): Done {
    const { phase } = this.#loop.call;
    if (!phases.some((allowed) => allowed === phase)) {
      return fail('CALL_NONE', `no call to ${event.type} while ${phase}`);
    }
    this.#loop.dispatch(event);
    return ok(null);
  }

  #setMedia(change: () => void): Done {
    switch (this.#loop.call.phase) {
      case 'idle':
      case 'incoming':
      case 'ended':
        return fail('CALL_NONE', 'no call that sends media');
      case 'outgoing':
      case 'connecting':
      case 'connected':
      case 'reconnecting':
        change();
        return ok(null);
      default:
        return assertNever(this.#loop.call);
    }
  }

  #showLocalVideo(track: MediaStreamTrack | null): void {
    this.#localVideo = track === null ? null : this.#options.rtc.createStream([track]);
    this.#events.emit('localVideo', this.#localVideo);
  }

  #show(call: CallState): void {
    this.#snapshot = snapshotOf(call);
    this.#reportActive(activeCallOf(call));
    this.#watch(call);
    this.#events.emit('call', this.#snapshot);
  }

  /** Phases are states of the network's timeline; at the end of a call all of it is told, once. */
  #watch(call: CallState): void {
    const { watched } = this.#effects;
    if (watched === undefined || call.phase === 'idle') {
      return;
    }
    watched.note('phase', call.phase);
    if (call.phase === 'ended' && this.#recorded !== watched) {
      this.#recorded = watched;
      const recording = recordingOf(call, watched);
      if (recording !== undefined) {
        this.#events.emit('recording', recording);
      }
    }
  }

  #reportActive(active: ActiveCall): void {
    if (!sameActiveCall(active, this.#reported)) {
      this.#reported = active;
      this.#reports.push('callActive', async () => {
        await this.#options.activeCall.report(active);
      });
    }
  }
}
