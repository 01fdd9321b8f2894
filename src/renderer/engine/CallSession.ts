import type { Clock, CancelTimer } from '#shared/clock.ts';
import type { IceCandidate, SessionDescription } from '#shared/call/messages.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { Unsubscribe } from '#shared/emitter.ts';
import type { CallId } from '#shared/identity/ids.ts';
import type { Logger } from '#shared/logging.ts';
import type { Settings } from '#shared/settings.ts';
import { TokenBucket } from '#shared/tokenBucket.ts';
import { CallNetwork } from './CallNetwork.ts';
import { CallRoutes } from './CallRoutes.ts';
import type { CallEvent } from './callState.ts';
import type { CaptureKind } from './captureRules.ts';
import type { LocalMedia } from './LocalMedia.ts';
import { PeerTransport } from './PeerTransport.ts';
import type { IceServersPort, RtcPort } from './ports.ts';
import { RemoteTracks } from './RemoteTracks.ts';
import { orderedCodecs } from './sendingRules.ts';
import type { NetworkReading } from './types.ts';

/** A driver that never answers must not keep the call from going out. Milliseconds. */
const captureLimit = 15_000;

/** Offers of the peer that are taken: one for each restart of ICE, of which there are ten in a bad minute. */
const offers = { perSecond: 0.5, capacity: 10 } as const;

/** How much later than the end of a connection the word that ends the call may come, milliseconds. */
const wordMs = 1_000;

/**
 * One call: its transport, and the own media on it. Reports as events of the call machine and decides
 * nothing that the machine could.
 */
export class CallSession {
  readonly #callId: CallId;
  readonly #role: 'caller' | 'callee';
  readonly #polite: boolean;
  readonly #rtc: RtcPort;
  readonly #media: LocalMedia;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onEvent: (event: CallEvent) => void;
  readonly #routes: CallRoutes;
  readonly #remote: RemoteTracks;
  readonly #offers: TokenBucket;
  readonly #offMedia: Unsubscribe;
  readonly #videoCodecs: readonly RTCRtpCodec[];
  /** What it sees is worth more than the session; it is closed with it. */
  readonly network: CallNetwork;
  #transport: PeerTransport;
  #captureTimer: CancelTimer | undefined;
  #wordTimer: CancelTimer | undefined;
  /** The transport was started, or will be as soon as the ICE servers are known. */
  #begun = false;
  /** Until the call is accepted, no path but one through a relay. */
  #relayed = false;
  /** Both have agreed to talk. */
  #open = false;
  #closed = false;

  constructor(options: {
    readonly callId: CallId;
    readonly role: 'caller' | 'callee';
    readonly polite: boolean;
    readonly rtc: RtcPort;
    readonly media: LocalMedia;
    readonly clock: Clock;
    readonly iceServers: IceServersPort;
    /** As it is now; a relay alone and the order of codecs hold for the whole call. */
    readonly settings: () => Settings['network'];
    readonly onReading: (reading: NetworkReading) => void;
    readonly logger: Logger;
    readonly onEvent: (event: CallEvent) => void;
    /** Sound of the peer has joined the stream. */
    readonly onRemoteSound: (stream: MediaStream) => void;
  }) {
    const { callId, rtc, clock, media, logger, settings } = options;
    const { relayOnly, videoCodecs } = settings();
    this.#callId = callId;
    this.#role = options.role;
    this.#polite = options.polite;
    this.#rtc = rtc;
    this.#media = media;
    this.#clock = clock;
    this.#log = logger;
    this.#onEvent = options.onEvent;
    this.#remote = new RemoteTracks({ stream: rtc.createStream(), onSound: options.onRemoteSound });
    this.#offers = new TokenBucket({ ...offers, now: clock.monotonic() });
    this.#routes = new CallRoutes({
      port: options.iceServers,
      relayOnly,
      clock,
      logger,
      onRenewed: () => this.#configure(),
    });
    this.#videoCodecs = videoCodecs.length === 0 ? [] : orderedCodecs(rtc.videoCodecs(), videoCodecs);
    this.network = new CallNetwork({
      clock,
      logger,
      dataSaver: () => settings().dataSaver,
      read: async () => this.#transport.stats(),
      sendsPicture: () => media.track('camera') !== null,
      apply: (step) => this.#transport.setPicture(step),
      onHeld: (held) => media.holdCamera(held),
      onReading: (reading) => options.onReading({ callId, ...reading }),
    });
    this.#transport = this.#createTransport(0, false);
    void this.#routes.known().then(() => {
      this.#onEvent({ type: 'routes', callId, hasRelay: this.#routes.hasRelay });
    });
    this.#offMedia = media.on('track', ({ kind }) => this.#attach(kind));
  }

  /** What the peer sends since both have agreed to talk. Tracks join it as they are negotiated. */
  get remoteStream(): MediaStream {
    return this.#remote.stream;
  }

  /**
   * Prepares the offer while the devices open; the invite goes out when they are open or have failed, with
   * everything that was gathered meanwhile.
   */
  offer(): void {
    this.#begin('offerer');
  }

  /** Connects while it rings, if that is possible; `relayed`: through a relay alone until it is accepted. */
  answerEarly(relayed: boolean): void {
    const transport = this.#transport;
    this.#whenRouted(transport, () => {
      // By then the person may have accepted, and it is no early answer any more.
      if (!this.#begun && !this.#routes.blocked && (!relayed || this.#routes.hasRelay)) {
        this.#begun = true;
        this.#relayed = relayed;
        transport.start('answerer', this.#routes.configuration(relayed));
      }
    });
  }

  /** Connects at once, or says again what was answered early. */
  answer(): void {
    if (!this.#begun) {
      this.#begin('answerer');
    } else if (!this.#transport.connected && this.#transport.generation >= 0) {
      this.#reportDescription(this.#transport.generation, false);
    }
  }

  /** Sends the own tracks, also of devices that are still opening, and lets those of the peer be heard and seen. */
  openMedia(): void {
    this.#open = true;
    this.#attach('camera');
    this.#attach('microphone');
    this.#remote.open();
    this.network.start();
    if (this.#relayed) {
      // The relay carries the call until a direct path is found.
      this.#relayed = false;
      this.#configure();
      this.#restart('answered');
    }
  }

  /** A new connection, offered to the device that has the call. */
  offerAfresh(): void {
    this.#replaceTransport(this.#transport.generation + 1, true);
    this.#begin('offerer');
  }

  remoteDescription(generation: number, description: SessionDescription, fresh: boolean): void {
    if (description.type === 'offer' && !this.#offers.takeIfThere(this.#clock.monotonic())) {
      this.#log.warn('too many offers', { generation });
      return;
    }
    if (fresh) {
      if (generation <= this.#transport.generation) {
        return;
      }
      this.#replaceTransport(0, false);
      this.#begin('answerer');
    }
    this.#transport.receiveDescription(generation, description);
  }

  remoteCandidate(generation: number, candidate: IceCandidate | null): void {
    this.#transport.receiveCandidate(generation, candidate);
  }

  /** The caller offers; the callee asks it to. */
  restartIce(): void {
    this.#restart(this.#transport.connected ? 'network-changed' : 'no-path');
  }

  /** The callee asks for a restart, and knows of offers up to `generation`. */
  remoteRestart(generation: number): void {
    if (!this.#offers.takeIfThere(this.#clock.monotonic())) {
      this.#log.warn('too many restarts', { generation });
      return;
    }
    this.network.note('restart', 'their-wish');
    this.#whenFresh((transport) => transport.restartFor(generation));
  }

  close(): void {
    this.#closed = true;
    this.network.close();
    this.#captureTimer?.();
    this.#wordTimer?.();
    this.#offMedia();
    this.#routes.close();
    this.#transport.close();
    this.#remote.clear();
  }

  #restart(why: string): void {
    this.network.note('restart', why);
    this.#whenFresh((transport) => {
      if (this.#role === 'caller') {
        transport.restartIce();
      } else if (transport.generation >= 0) {
        // Before the first offer is taken no path has been sought that could be sought anew.
        this.#onEvent({ type: 'restartWanted', callId: this.#callId, generation: transport.generation });
      }
    });
  }

  #begin(side: 'offerer' | 'answerer'): void {
    this.#begun = true;
    const transport = this.#transport;
    this.#whenRouted(transport, () => {
      if (this.#routes.blocked) {
        this.#fail('CALL_NO_RELAY');
      } else {
        transport.start(side, this.#routes.configuration(false));
      }
    });
  }

  /** When the ICE servers are known, unless the call is over by then or has another transport. */
  #whenRouted(transport: PeerTransport, run: () => void): void {
    void this.#routes.known().then(() => {
      if (!this.#closed && transport === this.#transport) {
        run();
      }
    });
  }

  /** When the credentials of relays hold, unless the call is over by then or has another transport. */
  #whenFresh(run: (transport: PeerTransport) => void): void {
    const transport = this.#transport;
    void this.#routes.fresh().then(() => {
      if (!this.#closed && transport === this.#transport) {
        run(transport);
      }
    });
  }

  /** Whoever hangs up says so too; the word takes another way, and may come later than the end of the connection. */
  #awaitWord(transport: PeerTransport): void {
    this.#wordTimer?.();
    this.#wordTimer = this.#clock.after(wordMs, () => {
      if (transport === this.#transport) {
        this.#onEvent({ type: 'peerClosed', callId: this.#callId });
      }
    });
  }

  #configure(): void {
    this.#transport.configure(this.#routes.configuration(this.#relayed));
  }

  #replaceTransport(firstGeneration: number, fresh: boolean): void {
    this.#transport.close();
    this.#remote.forget();
    this.#relayed = false;
    this.#transport = this.#createTransport(firstGeneration, fresh);
    this.network.renew();
    this.#attach('camera');
    this.#attach('microphone');
  }

  /** `fresh`: its first offer says that it takes the place of another connection. */
  #createTransport(firstGeneration: number, fresh: boolean): PeerTransport {
    const callId = this.#callId;
    const transport = new PeerTransport({
      rtc: this.#rtc,
      polite: this.#polite,
      firstGeneration,
      videoCodecs: this.#videoCodecs,
      logger: this.#log,
    });
    transport.on('description', ({ generation }) =>
      this.#onDescription(generation, fresh && generation === firstGeneration),
    );
    transport.on('candidate', ({ generation, candidate }) =>
      this.#onEvent({ type: 'localCandidate', callId, generation, candidate }),
    );
    transport.on('state', (state) => this.#onEvent({ type: 'transport', callId, state }));
    transport.on('peerClosed', () => this.#awaitWord(transport));
    transport.on('note', ({ kind, value }) => this.network.note(kind, value));
    transport.on('track', (track) => this.#remote.add(track));
    transport.on('media', () => this.#onEvent({ type: 'mediaArrived', callId }));
    transport.on('rejected', () => this.#fail('CALL_DESCRIPTION_REJECTED'));
    transport.on('insecure', () => this.#fail('CALL_FINGERPRINT_MISMATCH'));
    transport.on('failed', () => this.#fail('CALL_TRANSPORT_FAILED'));
    return transport;
  }

  /** The first offer waits for the devices: nothing rings at the callee before the caller can talk. */
  #onDescription(generation: number, fresh: boolean): void {
    if (this.#role === 'callee' || generation > 0) {
      this.#reportDescription(generation, fresh);
      return;
    }
    let reported = false;
    const report = (): void => {
      if (!reported) {
        reported = true;
        this.#reportDescription(generation, fresh);
      }
    };
    const limit = this.#clock.after(captureLimit, report);
    this.#captureTimer = limit;
    void this.#media.settled().then(() => {
      limit();
      report();
    });
  }

  /** With the candidates gathered so far. */
  #reportDescription(generation: number, fresh: boolean): void {
    const description = this.#transport.localDescription;
    if (description !== undefined) {
      this.#onEvent({ type: 'localDescription', callId: this.#callId, generation, description, fresh });
    }
  }

  #attach(kind: CaptureKind): void {
    if (this.#open) {
      this.#transport.setTrack(kind === 'camera' ? 'video' : 'audio', this.#media.track(kind));
    }
  }

  #fail(code: ErrorCode): void {
    this.#onEvent({ type: 'sessionFailed', callId: this.#callId, code });
  }
}
