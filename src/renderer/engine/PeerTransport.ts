import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { IceCandidate, SessionDescription } from '#shared/call/messages.ts';
import type { Logger } from '#shared/logging.ts';
import type { TransportState } from './callState.ts';
import { leavingDtlsToOfferer } from './dtlsRole.ts';
import type { RtcPort } from './ports.ts';
import { withStartBitrate } from './startBitrate.ts';
import { TaskQueue } from './TaskQueue.ts';

export type MediaSlot = 'audio' | 'video';

interface TransportEvents {
  /** A local description is in force: read it from `localDescription`. */
  readonly description: { readonly generation: number };
  readonly candidate: { readonly generation: number; readonly candidate: IceCandidate | null };
  readonly state: TransportState;
  readonly track: MediaStreamTrack;
  /** A description of the peer that the browser refuses; the call cannot go on. */
  readonly rejected: { readonly error: unknown };
  /** The browser refuses to make a connection or a description. */
  readonly failed: { readonly error: unknown };
}

/** More candidates than any computer has; a bound for a peer that floods. */
const maxEarlyCandidates = 256;

const slots: readonly MediaSlot[] = ['audio', 'video'];

/**
 * One RTCPeerConnection under perfect negotiation. Every offer counts the generation up; what belongs to an
 * older one is dropped, and candidates wait for the description of theirs (adding them early throws).
 * Cold until `start()`: what the peer sends before is kept in order and used then.
 */
export class PeerTransport {
  readonly #rtc: RtcPort;
  readonly #configuration: RTCConfiguration;
  readonly #polite: boolean;
  readonly #log: Logger;
  readonly #events: Emitter<TransportEvents>;
  readonly #queue: TaskQueue;
  readonly #stream: MediaStream;
  readonly #tracks: Record<MediaSlot, MediaStreamTrack | null> = { audio: null, video: null };
  readonly #transceivers = new Map<MediaSlot, RTCRtpTransceiver>();
  readonly #early: { readonly generation: number; readonly candidate: IceCandidate | null }[] = [];
  #waiting: (() => void)[] = [];
  #connection: RTCPeerConnection | undefined;
  #closed = false;
  /** Of the latest negotiation that this side has begun or joined; -1 before the first. */
  #generation = -1;
  /** Of the remote description in force. */
  #remoteGeneration = -1;

  constructor(options: {
    readonly rtc: RtcPort;
    readonly configuration: RTCConfiguration;
    readonly polite: boolean;
    readonly logger: Logger;
  }) {
    this.#rtc = options.rtc;
    this.#configuration = options.configuration;
    this.#polite = options.polite;
    this.#log = options.logger;
    this.#events = new Emitter((error) => this.#log.error('transport listener failed', { error }));
    this.#queue = new TaskQueue({
      onError: ({ label, error }) => this.#log.warn('transport task failed', { label, error }),
    });
    // Both tracks name one stream, so that the receiver keeps lips and voice together.
    this.#stream = this.#rtc.createStream();
  }

  on<K extends keyof TransportEvents>(
    event: K,
    listener: (payload: TransportEvents[K]) => void,
  ): Unsubscribe {
    return this.#events.on(event, listener);
  }

  /** The own description with the candidates gathered so far. */
  get localDescription(): SessionDescription | undefined {
    const local = this.#connection?.localDescription;
    return local?.type === 'offer' || local?.type === 'answer'
      ? { type: local.type, sdp: local.sdp }
      : undefined;
  }

  /**
   * Creates the connection; the offerer also makes its transceivers and the offer of generation 0. Never
   * throws: servers that the browser refuses are a `failed` event.
   */
  start(role: 'offerer' | 'answerer'): void {
    if (this.#closed || this.#connection !== undefined) {
      return;
    }
    try {
      this.#connect(role);
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

  #connect(role: 'offerer' | 'answerer'): void {
    const connection = this.#rtc.createConnection(this.#configuration);
    this.#connection = connection;
    connection.addEventListener('icecandidate', this.#onIceCandidate);
    connection.addEventListener('connectionstatechange', this.#onConnectionState);
    connection.addEventListener('track', this.#onTrack);
    if (role === 'offerer') {
      for (const slot of slots) {
        const transceiver = connection.addTransceiver(slot, {
          direction: 'sendrecv',
          streams: [this.#stream],
        });
        this.#transceivers.set(slot, transceiver);
        this.#attach(slot);
      }
      this.#queue.push('offer', async () => this.#offer(connection));
    }
  }

  /** Sends this track from now on (or nothing); never renegotiates. */
  setTrack(slot: MediaSlot, track: MediaStreamTrack | null): void {
    this.#tracks[slot] = track;
    this.#attach(slot);
  }

  /** A new negotiation with fresh ICE credentials; the media go on over the old path until it is done. */
  restartIce(): void {
    const connection = this.#connection;
    if (connection !== undefined) {
      this.#queue.push('restartIce', async () => {
        connection.restartIce();
        await this.#offer(connection);
      });
    }
  }

  receiveDescription(generation: number, description: SessionDescription): void {
    this.#whenStarted((connection) =>
      this.#queue.push(`remote ${description.type} ${generation}`, async () =>
        description.type === 'offer'
          ? this.#takeOffer(connection, generation, description)
          : this.#takeAnswer(connection, generation, description),
      ),
    );
  }

  receiveCandidate(generation: number, candidate: IceCandidate | null): void {
    this.#whenStarted((connection) =>
      this.#queue.push('remote candidate', async () => {
        if (generation > this.#remoteGeneration) {
          if (this.#early.length < maxEarlyCandidates) {
            this.#early.push({ generation, candidate });
          }
        } else if (generation === this.#remoteGeneration) {
          await this.#addCandidate(connection, candidate);
        }
      }),
    );
  }

  close(): void {
    this.#closed = true;
    this.#queue.close();
    this.#events.clear();
    this.#waiting = [];
    const connection = this.#connection;
    if (connection !== undefined) {
      connection.removeEventListener('icecandidate', this.#onIceCandidate);
      connection.removeEventListener('connectionstatechange', this.#onConnectionState);
      connection.removeEventListener('track', this.#onTrack);
      connection.close();
    }
  }

  #whenStarted(use: (connection: RTCPeerConnection) => void): void {
    if (this.#closed) {
      return;
    }
    const connection = this.#connection;
    if (connection !== undefined) {
      use(connection);
    } else if (this.#waiting.length < maxEarlyCandidates) {
      this.#waiting.push(() => this.#whenStarted(use));
    }
  }

  async #offer(connection: RTCPeerConnection): Promise<void> {
    const generation = this.#generation + 1;
    try {
      const offer = await connection.createOffer();
      this.#generation = generation;
      await connection.setLocalDescription(offer);
    } catch (error) {
      this.#events.emit('failed', { error });
      return;
    }
    this.#events.emit('description', { generation });
  }

  async #takeOffer(
    connection: RTCPeerConnection,
    generation: number,
    description: SessionDescription,
  ): Promise<void> {
    const collision = connection.signalingState === 'have-local-offer';
    const stale =
      generation < this.#generation || (generation === this.#generation && (!collision || !this.#polite));
    if (stale) {
      this.#log.debug('offer dropped', { generation, own: this.#generation, collision });
      return;
    }
    // Roles are settled by the first answer and stay; a later offer that named another one would be refused.
    const sdp = generation === 0 ? leavingDtlsToOfferer(description.sdp) : description.sdp;
    if (!(await this.#setRemote(connection, generation, { ...description, sdp }))) {
      return;
    }
    this.#adoptTransceivers(connection);
    try {
      await connection.setLocalDescription(await connection.createAnswer());
    } catch (error) {
      this.#events.emit('failed', { error });
      return;
    }
    this.#events.emit('description', { generation });
    await this.#addEarlyCandidates(connection);
  }

  async #takeAnswer(
    connection: RTCPeerConnection,
    generation: number,
    description: SessionDescription,
  ): Promise<void> {
    if (generation !== this.#generation || connection.signalingState !== 'have-local-offer') {
      this.#log.debug('answer dropped', { generation, own: this.#generation });
      return;
    }
    if (await this.#setRemote(connection, generation, description)) {
      await this.#addEarlyCandidates(connection);
    }
  }

  /** Rolls an own offer back where there is one (JSEP, RFC 8829 section 4.1.10.2, does it implicitly). */
  async #setRemote(
    connection: RTCPeerConnection,
    generation: number,
    description: SessionDescription,
  ): Promise<boolean> {
    try {
      await connection.setRemoteDescription({
        type: description.type,
        sdp: withStartBitrate(description.sdp),
      });
    } catch (error) {
      this.#log.warn('remote description rejected', { generation, kind: description.type, error });
      this.#events.emit('rejected', { error });
      return false;
    }
    this.#generation = generation;
    this.#remoteGeneration = generation;
    return true;
  }

  async #addEarlyCandidates(connection: RTCPeerConnection): Promise<void> {
    const early = this.#early.splice(0);
    for (const entry of early) {
      if (entry.generation > this.#remoteGeneration) {
        this.#early.push(entry);
      } else if (entry.generation === this.#remoteGeneration) {
        await this.#addCandidate(connection, entry.candidate);
      }
    }
  }

  /** A candidate that does not fit (of an offer that was rolled back, for example) is no reason to fail. */
  async #addCandidate(connection: RTCPeerConnection, candidate: IceCandidate | null): Promise<void> {
    try {
      await connection.addIceCandidate(candidate ?? undefined);
    } catch (error) {
      this.#log.debug('candidate dropped', { error });
    }
  }

  /** The answerer sends on what the offer made. */
  #adoptTransceivers(connection: RTCPeerConnection): void {
    for (const transceiver of connection.getTransceivers()) {
      const slot = slots.find((kind) => kind === transceiver.receiver.track.kind);
      if (slot !== undefined && !this.#transceivers.has(slot)) {
        transceiver.direction = 'sendrecv';
        transceiver.sender.setStreams(this.#stream);
        this.#transceivers.set(slot, transceiver);
        this.#attach(slot);
      }
    }
  }

  #attach(slot: MediaSlot): void {
    const transceiver = this.#transceivers.get(slot);
    if (transceiver === undefined || this.#closed) {
      return;
    }
    const track = this.#tracks[slot];
    if (transceiver.sender.track === track) {
      return;
    }
    transceiver.sender.replaceTrack(track).catch((error: unknown) => {
      this.#log.warn('track could not be replaced', { slot, error });
    });
  }

  readonly #onIceCandidate = ({ candidate }: RTCPeerConnectionIceEvent): void => {
    this.#events.emit('candidate', {
      generation: this.#generation,
      candidate: candidate === null ? null : toMessage(candidate),
    });
  };

  readonly #onConnectionState = (): void => {
    const state = this.#connection?.connectionState;
    if (state === 'connected' || state === 'disconnected' || state === 'failed') {
      this.#events.emit('state', state);
    }
  };

  readonly #onTrack = ({ track }: RTCTrackEvent): void => {
    this.#events.emit('track', track);
  };
}

const toMessage = (candidate: RTCIceCandidate): IceCandidate => ({
  candidate: candidate.candidate,
  sdpMid: candidate.sdpMid,
  sdpMLineIndex: candidate.sdpMLineIndex,
  usernameFragment: candidate.usernameFragment,
});
