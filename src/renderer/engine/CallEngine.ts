import type { Clock, CancelTimer } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { SendReceipt } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { assertNever, fail, ok, type Result } from '#shared/result.ts';
import type { IceServer } from '#shared/settings.ts';
import { step } from './callMachine.ts';
import { CallSession } from './CallSession.ts';
import {
  initialMachine,
  snapshotOf,
  type CallEffect,
  type CallEvent,
  type Machine,
  type TimerName,
} from './callState.ts';
import { DeviceManager, type DevicePreferences } from './DeviceManager.ts';
import { activeCallOf, sameActiveCall, toRtcIceServers } from './engineProjections.ts';
import { LevelMeters } from './LevelMeters.ts';
import { LocalMedia } from './LocalMedia.ts';
import type {
  ActiveCall,
  ActiveCallPort,
  EngineIdentity,
  LevelPort,
  MediaPort,
  NewCallId,
  PermissionPort,
  RtcPort,
  SignalingPort,
} from './ports.ts';
import { TaskQueue } from './TaskQueue.ts';
import type { CallSnapshot, DeviceKind, DeviceOption, DeviceSnapshot, EngineEvents } from './types.ts';

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
  readonly iceServers: readonly IceServer[];
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
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #events: Emitter<EngineEvents>;
  readonly #devices: DeviceManager;
  readonly #media: LocalMedia;
  readonly #meters: LevelMeters;
  readonly #reports: TaskQueue;
  readonly #timers = new Map<TimerName, CancelTimer>();
  readonly #pending: CallEvent[] = [];
  #unsubscribe: Unsubscribe[] = [];
  #machine: Machine;
  #snapshot: CallSnapshot | undefined;
  #session: CallSession | undefined;
  #localVideo: MediaStream | null = null;
  #reported: ActiveCall = null;
  #iceServers: readonly RTCIceServer[];
  #ringSeconds: number;
  #dispatching = false;
  #closed = false;

  constructor(options: CallEngineOptions) {
    const { media, permission, clock, logger, identity, rtc } = options;
    this.#options = options;
    this.#clock = clock;
    this.#log = logger;
    this.#iceServers = toRtcIceServers(options.iceServers);
    this.#ringSeconds = options.ringSeconds;
    this.#machine = initialMachine({ id: identity.id, device: identity.deviceId });
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
    this.#reports = new TaskQueue({
      onError: ({ label, error }) => logger.warn('report failed', { label, error }),
    });
  }

  /** Begins to list devices and to listen to signaling. */
  start(): void {
    const { signaling } = this.#options;
    this.#unsubscribe = [
      signaling.onMessage((message) => this.#dispatch({ type: 'message', message })),
      signaling.onState((state) => this.#dispatch({ type: 'signaling', online: state.phase === 'online' })),
      this.#devices.on('changed', (devices) => this.#events.emit('devices', devices)),
      this.#media.on('sending', (local) => this.#dispatch({ type: 'localMedia', local })),
      this.#media.on('track', ({ kind, track }) => {
        if (kind === 'camera') {
          this.#showLocalVideo(track);
        } else {
          this.#meters.watchMicrophone(track);
        }
      }),
    ];
    this.#dispatch({ type: 'signaling', online: signaling.state().phase === 'online' });
    this.#devices.start();
  }

  /** Ends a call that is going on and releases everything. The engine cannot be started again. */
  close(): void {
    if (this.#closed) {
      return;
    }
    this.#dispatch({ type: 'hangUp' });
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
    this.#cancelTimers();
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
    return this.#session?.remoteStream ?? null;
  }

  /**
   * Calls a peer; the call appears at once, what becomes of it are `call` events. Dialling the peer who is
   * ringing takes its call. Errors: PEER_IS_SELF, CALL_BUSY.
   */
  dial(peer: PeerId, media: { readonly video: boolean }): Done {
    const { phase } = this.#machine.call;
    const taking = this.#machine.call.phase === 'incoming' && this.#machine.call.peer === peer;
    if (peer === this.#machine.own.id) {
      return fail('PEER_IS_SELF', 'the own id cannot be called');
    }
    if (phase !== 'idle' && phase !== 'ended' && !taking) {
      return fail('CALL_BUSY', 'another call is going on');
    }
    this.#dispatch({
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

  /** Opens camera and microphone outside of a call, for the picture and the level; false closes them. */
  setPreview(on: boolean): void {
    this.#media.setPreview(on);
  }

  /** For calls that begin from now on. */
  setIceServers(servers: readonly IceServer[]): void {
    this.#iceServers = toRtcIceServers(servers);
  }

  /** For calls that are dialled from now on. */
  setRingSeconds(seconds: number): void {
    this.#ringSeconds = seconds;
  }

  #command(event: CallEvent, ...phases: CallSnapshot['phase'][]): Done {
    const { phase } = this.#machine.call;
    if (!phases.some((allowed) => allowed === phase)) {
      return fail('CALL_NONE', `no call to ${event.type} while ${phase}`);
    }
    this.#dispatch(event);
    return ok(null);
  }

  #setMedia(change: () => void): Done {
    switch (this.#machine.call.phase) {
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
        return assertNever(this.#machine.call);
    }
  }

  /** Events that arise while one is handled wait until it is done and shown. */
  #dispatch(event: CallEvent): void {
    if (this.#closed) {
      return;
    }
    this.#pending.push(event);
    if (this.#dispatching) {
      return;
    }
    this.#dispatching = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
        this.#handle(next);
      }
    } finally {
      this.#dispatching = false;
    }
  }

  #handle(event: CallEvent): void {
    const before = this.#machine.call;
    const { state, effects } = step(this.#machine, event, this.#clock.now());
    this.#machine = state;
    for (const effect of effects) {
      this.#attempt(effect);
    }
    if (state.call !== before) {
      this.#logChange(before, state.call);
      this.#snapshot = snapshotOf(state.call);
      this.#reportActive();
      this.#events.emit('call', this.#snapshot);
    }
  }

  #logChange(before: Machine['call'], after: Machine['call']): void {
    if (after.phase !== 'idle' && before.phase !== after.phase) {
      const { callId, role, phase } = after;
      const ms = this.#clock.now() - after.startedAt;
      const ending = after.phase === 'ended' ? { reason: after.reason, code: after.code } : {};
      this.#log.info(`call ${phase}`, { callId, role, ms, ...ending });
    }
  }

  /** A fault in one effect keeps neither the others nor the snapshot from happening; the call ends. */
  #attempt(effect: CallEffect): void {
    try {
      this.#carryOut(effect);
    } catch (error) {
      this.#log.error('call effect failed', { effect: effect.type, error });
      const { call } = this.#machine;
      if (call.phase !== 'idle') {
        this.#pending.push({ type: 'sessionFailed', callId: call.callId, code: 'APP_INTERNAL' });
      }
    }
  }

  #carryOut(effect: CallEffect): void {
    switch (effect.type) {
      case 'send':
        this.#send(effect);
        return;
      case 'startTimer':
        this.#startTimer(effect.name, effect.ms, effect.callId);
        return;
      case 'cancelTimer':
        this.#cancelTimer(effect.name);
        return;
      case 'cancelTimers':
        this.#cancelTimers();
        return;
      case 'openSession':
        this.#openSession(effect);
        return;
      case 'closeSession':
        this.#closeSession();
        return;
      case 'captureMedia':
        this.#media.startCall({ camera: effect.camera });
        return;
      case 'releaseMedia':
        this.#media.endCall();
        return;
      case 'offer':
        this.#session?.offer();
        return;
      case 'answer':
        this.#session?.answer();
        return;
      case 'remoteDescription':
        this.#session?.remoteDescription(effect.generation, effect.description);
        return;
      case 'remoteCandidate':
        this.#session?.remoteCandidate(effect.generation, effect.candidate);
        return;
      case 'restartIce':
        this.#session?.restartIce();
        return;
      case 'missed':
        this.#events.emit('missed', effect.missed);
        return;
      case 'dispatch':
        this.#pending.push(effect.event);
        return;
      default:
        assertNever(effect);
    }
  }

  /** Handed over at once, so that messages keep their order; the receipt comes later. */
  #send(effect: Extract<CallEffect, { type: 'send' }>): void {
    const { to, device, callId, body, report } = effect;
    const sending = this.#options.signaling.send({ to, device, callId, body });
    sending
      .catch((error: unknown) => fail('APP_INTERNAL', String(error)))
      .then((result) => this.#onSent(effect, report, result))
      .catch((error: unknown) => this.#log.error('send could not be finished', { error }));
  }

  #onSent(
    { callId, body }: Extract<CallEffect, { type: 'send' }>,
    report: 'no' | 'invite' | 'reach',
    result: Result<SendReceipt>,
  ): void {
    if (!result.ok) {
      this.#log.warn('call message not sent', { callId, type: body.type, code: result.error.code });
    }
    if (report === 'invite') {
      this.#dispatch({ type: 'inviteSent', callId, result });
    } else if (report === 'reach' && result.ok) {
      this.#dispatch({ type: 'reached', callId, receipt: result.value });
    }
  }

  #openSession(effect: Extract<CallEffect, { type: 'openSession' }>): void {
    const { callId, role, polite } = effect;
    const { rtc } = this.#options;
    this.#session = new CallSession({
      ...{ callId, role, polite, rtc },
      media: this.#media,
      clock: this.#clock,
      iceServers: this.#iceServers,
      logger: this.#log.child('session', { callId }),
      onEvent: (event) => this.#dispatch(event),
      onRemoteTracks: (stream) => this.#meters.watchRemote(stream),
    });
    this.#events.emit('remoteStream', this.#session.remoteStream);
  }

  #closeSession(): void {
    if (this.#session !== undefined) {
      this.#session.close();
      this.#session = undefined;
      this.#meters.watchRemote(null);
      this.#events.emit('remoteStream', null);
    }
  }

  #showLocalVideo(track: MediaStreamTrack | null): void {
    this.#localVideo = track === null ? null : this.#options.rtc.createStream([track]);
    this.#events.emit('localVideo', this.#localVideo);
  }

  #startTimer(name: TimerName, ms: number, callId: Extract<CallEvent, { type: 'timer' }>['callId']): void {
    this.#cancelTimer(name);
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(name);
      this.#dispatch({ type: 'timer', callId, name });
    });
    this.#timers.set(name, cancel);
  }

  #cancelTimer(name: TimerName): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #cancelTimers(): void {
    for (const cancel of this.#timers.values()) {
      cancel();
    }
    this.#timers.clear();
  }

  #reportActive(): void {
    const active = activeCallOf(this.#machine.call);
    if (!sameActiveCall(active, this.#reported)) {
      this.#reported = active;
      this.#reports.push('callActive', async () => {
        await this.#options.activeCall.report(active);
      });
    }
  }
}
