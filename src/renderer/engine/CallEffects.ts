import type { Clock } from '#shared/clock.ts';
import type { SendReceipt } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { assertNever, fail, type Result } from '#shared/result.ts';
import type { Settings } from '#shared/settings.ts';
import { CallSession } from './CallSession.ts';
import type { CallNetwork } from './CallNetwork.ts';
import type { CallEffect, CallEvent } from './callState.ts';
import { CallTimers } from './CallTimers.ts';
import type { LocalMedia } from './LocalMedia.ts';
import type { IceServersPort, RtcPort, SignalingPort } from './ports.ts';
import type { MissedCall, NetworkReading, TakenCall } from './types.ts';

type EffectOf<T extends CallEffect['type']> = Extract<CallEffect, { type: T }>;

/**
 * Carries out what the call machine asks for: messages, timers, the session of the call and its media. What
 * comes of it goes back to the machine as events.
 */
export class CallEffects {
  readonly #signaling: SignalingPort;
  readonly #rtc: RtcPort;
  readonly #media: LocalMedia;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onEvent: (event: CallEvent) => void;
  readonly #onMissed: (call: MissedCall) => void;
  readonly #onTakenElsewhere: (call: TakenCall) => void;
  readonly #onRemoteStream: (stream: MediaStream | null) => void;
  readonly #onRemoteSound: (stream: MediaStream | null) => void;
  readonly #onReading: (reading: NetworkReading) => void;
  readonly #timers: CallTimers;
  readonly #iceServers: IceServersPort;
  #session: CallSession | undefined;
  /** Of the last session. */
  #watched: CallNetwork | undefined;
  /** A relay alone and the order of codecs hold for the calls that begin from now on, data saver at once. */
  network: Settings['network'];

  constructor(options: {
    readonly signaling: SignalingPort;
    readonly rtc: RtcPort;
    readonly media: LocalMedia;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly iceServers: IceServersPort;
    readonly network: Settings['network'];
    readonly onReading: (reading: NetworkReading) => void;
    /** May be called while an effect is run. */
    readonly onEvent: (event: CallEvent) => void;
    readonly onMissed: (call: MissedCall) => void;
    readonly onTakenElsewhere: (call: TakenCall) => void;
    /** A call begins, or null: it is over. */
    readonly onRemoteStream: (stream: MediaStream | null) => void;
    /** Sound of the peer has joined the stream; null: the call is over. */
    readonly onRemoteSound: (stream: MediaStream | null) => void;
  }) {
    this.#signaling = options.signaling;
    this.#rtc = options.rtc;
    this.#media = options.media;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#onEvent = options.onEvent;
    this.#onMissed = options.onMissed;
    this.#onTakenElsewhere = options.onTakenElsewhere;
    this.#onRemoteStream = options.onRemoteStream;
    this.#onRemoteSound = options.onRemoteSound;
    this.#iceServers = options.iceServers;
    this.network = options.network;
    this.#onReading = options.onReading;
    this.#timers = new CallTimers({
      clock: options.clock,
      onTimer: (callId, name) => this.#onEvent({ type: 'timer', callId, name }),
    });
  }

  /** What the peer of the call sends; null outside a call. */
  get remoteStream(): MediaStream | null {
    return this.#session?.remoteStream ?? null;
  }

  /** What was seen of the network of the call, also for a moment after its session; undefined: there was none. */
  get watched(): CallNetwork | undefined {
    return this.#watched;
  }

  /** Stops the timers; the session is closed by the effect that ends a call. */
  close(): void {
    this.#timers.cancelAll();
  }

  run(effect: CallEffect): void {
    switch (effect.type) {
      case 'send':
        this.#send(effect);
        return;
      case 'leaveNotice':
        this.#leaveNotice(effect);
        return;
      case 'startTimer':
        this.#timers.start(effect.callId, effect.name, effect.ms);
        return;
      case 'cancelTimer':
        this.#timers.cancel(effect.name);
        return;
      case 'cancelTimers':
        this.#timers.cancelAll();
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
      case 'answerEarly':
        this.#session?.answerEarly(effect.relayed);
        return;
      case 'answer':
        this.#session?.answer();
        return;
      case 'openMedia':
        this.#session?.openMedia();
        return;
      case 'offerAfresh':
        this.#session?.offerAfresh();
        return;
      case 'remoteDescription':
        this.#session?.remoteDescription(effect.generation, effect.description, effect.fresh);
        return;
      case 'remoteCandidate':
        this.#session?.remoteCandidate(effect.generation, effect.candidate);
        return;
      case 'restartIce':
        this.#session?.restartIce();
        return;
      case 'remoteRestart':
        this.#session?.remoteRestart(effect.generation);
        return;
      case 'missed':
        this.#onMissed(effect.missed);
        return;
      case 'takenElsewhere':
        this.#onTakenElsewhere(effect.call);
        return;
      case 'dispatch':
        this.#onEvent(effect.event);
        return;
      default:
        assertNever(effect);
    }
  }

  /** Handed over at once, so that messages keep their order; the receipt comes later. */
  #send(effect: EffectOf<'send'>): void {
    const { to, device, callId, body } = effect;
    const sending = this.#signaling.send({ to, device, callId, body });
    sending
      .catch((error: unknown) => fail('APP_INTERNAL', String(error)))
      .then((result) => this.#onSent(effect, result))
      .catch((error: unknown) => this.#log.error('send could not be finished', { error }));
  }

  #onSent({ callId, body, report }: EffectOf<'send'>, result: Result<SendReceipt>): void {
    if (!result.ok) {
      this.#log.warn('call message not sent', { callId, type: body.type, code: result.error.code });
    }
    if (report === 'invite') {
      this.#onEvent({ type: 'inviteSent', callId, result });
    } else if (report === 'reach' && result.ok) {
      this.#onEvent({ type: 'reached', callId, receipt: result.value });
    }
  }

  #leaveNotice({ to, callId, video }: EffectOf<'leaveNotice'>): void {
    this.#signaling
      .leaveNotice({ to, callId, video })
      .catch((error: unknown) => fail('APP_INTERNAL', String(error)))
      .then((result) => {
        if (!result.ok) {
          this.#log.warn('notice not left', { callId, code: result.error.code });
        }
        this.#onEvent({ type: 'noticeDone', callId, left: result.ok && result.value });
      })
      .catch((error: unknown) => this.#log.error('notice could not be finished', { error }));
  }

  #openSession({ callId, role, polite }: EffectOf<'openSession'>): void {
    this.#session = new CallSession({
      ...{ callId, role, polite },
      rtc: this.#rtc,
      media: this.#media,
      clock: this.#clock,
      iceServers: this.#iceServers,
      settings: () => this.network,
      onReading: this.#onReading,
      logger: this.#log.child('session', { callId }),
      onEvent: this.#onEvent,
      onRemoteSound: this.#onRemoteSound,
    });
    this.#watched = this.#session.network;
    this.#onRemoteStream(this.#session.remoteStream);
  }

  #closeSession(): void {
    if (this.#session !== undefined) {
      this.#session.close();
      this.#session = undefined;
      this.#onRemoteSound(null);
      this.#onRemoteStream(null);
    }
  }
}
