import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { IceCandidate, SessionDescription } from '#shared/call/messages.ts';
import type { CallNetworkEvent } from '#shared/call/recording.ts';
import type { Logger } from '#shared/logging.ts';
import type { TransportState } from './callState.ts';
import type { StatsReport } from './callStats.ts';
import { Negotiation } from './Negotiation.ts';
import type { RtcPort } from './ports.ts';
import { relayedCandidate, relayedOnly } from './sdpRules.ts';
import { SendingSlots, type MediaSlot } from './SendingSlots.ts';
import { TaskQueue } from './TaskQueue.ts';
import type { VideoStep } from './videoPolicy.ts';

interface TransportEvents {
  /** A local description is in force: read it from `localDescription`. */
  readonly description: { readonly generation: number };
  readonly candidate: { readonly generation: number; readonly candidate: IceCandidate | null };
  readonly state: TransportState;
  /** The peer has closed the connection (DTLS close_notify): nothing more will come over it. */
  readonly peerClosed: null;
  /** A state of the browser's connection is another one. */
  readonly note: Pick<CallNetworkEvent, 'kind' | 'value'>;
  readonly track: MediaStreamTrack;
  /** The first packet of sound or picture is here. */
  readonly media: MediaStreamTrack;
  /** A description of the peer that the browser refuses, or that a call cannot have; the call cannot go on. */
  readonly rejected: { readonly error: unknown };
  /** Whoever is at the other end is not the one whom the peer named; nothing was sent to them. */
  readonly insecure: null;
  /** The browser refuses to make a connection or a description. */
  readonly failed: { readonly error: unknown };
}

/** What a peer says before the start, at most: far more than any computer does. */
const maxWaiting = 256;

/**
 * One RTCPeerConnection, its negotiation one step at a time, what it sends and what it says of itself. Cold until
 * `start()`: what the peer sends before is kept in order and used then.
 */
export class PeerTransport {
  readonly #rtc: Pick<RtcPort, 'createConnection' | 'createStream'>;
  readonly #log: Logger;
  readonly #events: Emitter<TransportEvents>;
  readonly #queue: TaskQueue;
  readonly #slots: SendingSlots;
  readonly #negotiation: Negotiation;
  readonly #listening = new AbortController();
  #waiting: (() => void)[] = [];
  #connection: RTCPeerConnection | undefined;
  #closed = false;
  #hidesAddresses = false;
  #pathFollowed = false;

  constructor(options: {
    readonly rtc: Pick<RtcPort, 'createConnection' | 'createStream'>;
    readonly polite: boolean;
    /** Of its first offer; above 0 for a connection that takes the place of another one of the same call. */
    readonly firstGeneration?: number;
    /** In the order in which they are wanted; empty: the browser's own. */
    readonly videoCodecs?: readonly RTCRtpCodec[];
    readonly logger: Logger;
  }) {
    this.#rtc = options.rtc;
    this.#log = options.logger;
    this.#events = new Emitter((error) => this.#log.error('transport listener failed', { error }));
    this.#queue = new TaskQueue({
      onError: ({ label, error }) => this.#log.warn('transport task failed', { label, error }),
    });
    this.#slots = new SendingSlots({
      stream: this.#rtc.createStream(),
      videoCodecs: options.videoCodecs ?? [],
      logger: this.#log,
    });
    this.#negotiation = new Negotiation({
      polite: options.polite,
      firstGeneration: options.firstGeneration ?? 0,
      ports: {
        onDescription: (generation) => this.#events.emit('description', { generation }),
        onOffer: (connection) => this.#slots.adopt(connection),
        onRejected: (error) => this.#events.emit('rejected', { error }),
        onFailed: (error) => this.#events.emit('failed', { error }),
      },
      logger: this.#log,
    });
  }

  on<K extends keyof TransportEvents>(
    event: K,
    listener: (payload: TransportEvents[K]) => void,
  ): Unsubscribe {
    return this.#events.on(event, listener);
  }

  /** The own description with the candidates gathered so far, as the peer may have it. */
  get localDescription(): SessionDescription | undefined {
    const local = this.#connection?.localDescription;
    if (local?.type !== 'offer' && local?.type !== 'answer') {
      return undefined;
    }
    const description = { type: local.type, sdp: local.sdp };
    return this.#hidesAddresses ? relayedOnly(description) : description;
  }

  /** Of the latest negotiation; -1 before the first. */
  get generation(): number {
    return this.#negotiation.generation;
  }

  get connected(): boolean {
    return this.#connection?.connectionState === 'connected';
  }

  /**
   * Creates the connection; the offerer also makes its transceivers and the offer of generation 0. Never
   * throws: servers that the browser refuses are a `failed` event.
   */
  start(role: 'offerer' | 'answerer', configuration: RTCConfiguration): void {
    if (this.#closed || this.#connection !== undefined) {
      return;
    }
    try {
      this.#connect(role, configuration);
    } catch (error) {
      this.#log.warn('connection could not be made', { error });
      this.#events.emit('failed', { error });
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const task of waiting) {
      task();
    }
  }

  #connect(role: 'offerer' | 'answerer', configuration: RTCConfiguration): void {
    const connection = this.#rtc.createConnection(configuration);
    const { signal } = this.#listening;
    this.#connection = connection;
    this.#hidesAddresses = configuration.iceTransportPolicy === 'relay';
    connection.addEventListener('icecandidate', this.#onIceCandidate, { signal });
    connection.addEventListener('connectionstatechange', this.#onConnectionState, { signal });
    connection.addEventListener('track', this.#onTrack, { signal });
    const note = (kind: CallNetworkEvent['kind'], value: string) =>
      this.#events.emit('note', { kind, value });
    connection.addEventListener(
      'icegatheringstatechange',
      () => note('gathering', connection.iceGatheringState),
      { signal },
    );
    connection.addEventListener(
      'iceconnectionstatechange',
      () => note('ice', connection.iceConnectionState),
      { signal },
    );
    connection.addEventListener(
      'connectionstatechange',
      () => note('connection', connection.connectionState),
      { signal },
    );
    if (role === 'offerer') {
      this.#slots.create(connection);
      this.#queue.push('offer', async () => this.#negotiation.offer(connection));
    }
  }

  /** Sends this track from now on (or nothing); never renegotiates. */
  setTrack(slot: MediaSlot, track: MediaStreamTrack | null): void {
    this.#slots.set(slot, track);
  }

  /** What the picture may cost from now on. */
  setPicture(step: VideoStep): void {
    this.#queue.push('picture', async () => this.#slots.setPicture(step));
  }

  /** Statistics of the connection; undefined before there is one. */
  async stats(): Promise<StatsReport | undefined> {
    return this.#connection?.getStats();
  }

  /** Takes effect with the next restart of ICE; a path that is in use stays. */
  configure(configuration: RTCConfiguration): void {
    try {
      this.#connection?.setConfiguration(configuration);
      this.#hidesAddresses = configuration.iceTransportPolicy === 'relay';
    } catch (error) {
      this.#log.warn('configuration refused', { error });
    }
  }

  /** A new negotiation with fresh ICE credentials; the media go on over the old path until it is done. */
  restartIce(): void {
    const connection = this.#connection;
    if (connection !== undefined) {
      this.#queue.push('restartIce', async () => {
        connection.restartIce();
        await this.#negotiation.offer(connection);
      });
    }
  }

  /** The same, unless an offer is under way that the peer, who knows of `generation`, has not heard of: that one again. */
  restartFor(generation: number): void {
    if (this.#connection?.signalingState === 'have-local-offer' && this.generation > generation) {
      this.#events.emit('description', { generation: this.generation });
    } else {
      this.restartIce();
    }
  }

  receiveDescription(generation: number, description: SessionDescription): void {
    this.#whenStarted((connection) =>
      this.#queue.push(`remote ${description.type} ${generation}`, async () =>
        this.#negotiation.take(connection, generation, description),
      ),
    );
  }

  receiveCandidate(generation: number, candidate: IceCandidate | null): void {
    if (!this.#negotiation.admits(generation)) {
      this.#log.debug('candidate dropped', { generation });
      return;
    }
    this.#whenStarted((connection) =>
      this.#queue.push('remote candidate', async () =>
        this.#negotiation.takeCandidate(connection, generation, candidate),
      ),
    );
  }

  close(): void {
    this.#closed = true;
    this.#queue.close();
    this.#slots.close();
    this.#events.clear();
    this.#waiting = [];
    this.#listening.abort();
    this.#connection?.close();
  }

  #whenStarted(use: (connection: RTCPeerConnection) => void): void {
    if (this.#closed) {
      return;
    }
    const connection = this.#connection;
    if (connection !== undefined) {
      use(connection);
    } else if (this.#waiting.length < maxWaiting) {
      this.#waiting.push(() => this.#whenStarted(use));
    }
  }

  readonly #onIceCandidate = ({ candidate }: RTCPeerConnectionIceEvent): void => {
    const found = candidate === null ? null : toMessage(candidate);
    const allowed = found === null || !this.#hidesAddresses ? found : relayedCandidate(found);
    if (allowed !== undefined) {
      this.#events.emit('candidate', { generation: this.generation, candidate: allowed });
    }
  };

  readonly #onConnectionState = (): void => {
    const connection = this.#connection;
    const state = connection?.connectionState;
    if (
      state === 'failed' &&
      connection?.getSenders().some((sender) => sender.transport?.state === 'failed')
    ) {
      this.#events.emit('insecure', null);
    } else if (state === 'connected' || state === 'disconnected' || state === 'failed') {
      if (state === 'connected') {
        this.#queue.push('sound first', async () => this.#slots.putSoundFirst());
        this.#followPath(connection);
      }
      this.#events.emit('state', state);
    }
  };

  /** Every change of the path may have cost the peer a part of the picture; with one bundle there is one path. */
  #followPath(connection: RTCPeerConnection | undefined): void {
    const refresh = () => this.#queue.push('whole picture', async () => this.#slots.refreshPicture());
    if (this.#pathFollowed) {
      refresh();
      return;
    }
    const dtls = connection?.getSenders().find(({ transport }) => transport !== null)?.transport;
    if (dtls) {
      const { signal } = this.#listening;
      this.#pathFollowed = true;
      dtls.iceTransport.addEventListener('selectedcandidatepairchange', refresh, { signal });
      dtls.addEventListener(
        'statechange',
        () => dtls.state === 'closed' && this.#events.emit('peerClosed', null),
        { signal },
      );
    }
  }

  readonly #onTrack = ({ track }: RTCTrackEvent): void => {
    const { signal } = this.#listening;
    track.addEventListener('unmute', () => this.#events.emit('media', track), { signal });
    this.#events.emit('track', track);
  };
}

const toMessage = (candidate: RTCIceCandidate): IceCandidate => ({
  candidate: candidate.candidate,
  sdpMid: candidate.sdpMid,
  sdpMLineIndex: candidate.sdpMLineIndex,
  usernameFragment: candidate.usernameFragment,
});
