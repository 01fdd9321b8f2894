import type { IceCandidate, SessionDescription } from '#shared/call/messages.ts';
import type { Logger } from '#shared/logging.ts';
import { leavingDtlsToOfferer } from './dtlsRole.ts';
import { RemoteCandidates } from './RemoteCandidates.ts';
import { mediaOf, withFewCandidates, withOpusDtx } from './sdpRules.ts';
import { withStartBitrate } from './startBitrate.ts';

interface NegotiationPorts {
  /** A local description of that generation is in force. */
  readonly onDescription: (generation: number) => void;
  /** An offer of the peer is in force: what it made is used for the own media before it is answered. */
  readonly onOffer: (connection: RTCPeerConnection) => void;
  /** The browser refuses a description of the peer, or a call cannot have it. */
  readonly onRejected: (error: unknown) => void;
  /** The browser refuses to make a description. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * Perfect negotiation (W3C webrtc-pc, section 10.7) with counted offers: what belongs to an older one is dropped, and
 * candidates wait for the description of theirs (adding them early throws). Its steps may not overlap: the owner
 * takes them one after the other.
 */
export class Negotiation {
  readonly #polite: boolean;
  readonly #log: Logger;
  readonly #ports: NegotiationPorts;
  readonly #candidates = new RemoteCandidates();
  /** Of the latest negotiation that this side has begun or joined. */
  #generation: number;
  /** Of the remote description in force; -1 before the first. */
  #remoteGeneration = -1;
  /** The kinds of media that were negotiated first; they stay. */
  #media: string | undefined;

  constructor(options: {
    readonly polite: boolean;
    /** Of the first own offer; above 0 for a connection that takes the place of another one of the same call. */
    readonly firstGeneration: number;
    readonly ports: NegotiationPorts;
    readonly logger: Logger;
  }) {
    this.#polite = options.polite;
    this.#generation = options.firstGeneration - 1;
    this.#ports = options.ports;
    this.#log = options.logger;
  }

  /** Of the latest negotiation; -1 before the first. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether a candidate of the peer may be taken at all: no computer has as many as a flood. */
  admits(generation: number): boolean {
    return this.#candidates.admits(generation);
  }

  async take(
    connection: RTCPeerConnection,
    generation: number,
    description: SessionDescription,
  ): Promise<void> {
    return description.type === 'offer'
      ? this.#takeOffer(connection, generation, description)
      : this.#takeAnswer(connection, generation, description);
  }

  async takeCandidate(
    connection: RTCPeerConnection,
    generation: number,
    candidate: IceCandidate | null,
  ): Promise<void> {
    if (generation > this.#remoteGeneration) {
      this.#candidates.keep(generation, candidate);
    } else if (generation === this.#remoteGeneration) {
      await this.#addCandidate(connection, candidate);
    }
  }

  /** A new negotiation, begun by this side. */
  async offer(connection: RTCPeerConnection): Promise<void> {
    const generation = this.#generation + 1;
    try {
      const offer = await connection.createOffer();
      this.#media ??= mediaOf(offer.sdp ?? '');
      this.#generation = generation;
      await connection.setLocalDescription(offer);
    } catch (error) {
      this.#ports.onFailed(error);
      return;
    }
    this.#ports.onDescription(generation);
  }

  async #takeOffer(
    connection: RTCPeerConnection,
    generation: number,
    description: SessionDescription,
  ): Promise<void> {
    const collision = connection.signalingState === 'have-local-offer';
    // A first offer is only answered: whoever has not seen it speaks of another connection.
    const unanswered = collision && this.#remoteGeneration < 0;
    const stale =
      generation < this.#generation || (generation === this.#generation && (!collision || !this.#polite));
    if (stale || unanswered) {
      this.#log.debug('offer dropped', { generation, own: this.#generation, collision });
      return;
    }
    // Roles are settled by the first answer and stay; a later offer that named another one would be refused.
    const sdp = generation === 0 ? leavingDtlsToOfferer(description.sdp) : description.sdp;
    if (!(await this.#setRemote(connection, generation, { ...description, sdp }))) {
      return;
    }
    this.#ports.onOffer(connection);
    try {
      await connection.setLocalDescription(await connection.createAnswer());
    } catch (error) {
      this.#ports.onFailed(error);
      return;
    }
    this.#ports.onDescription(generation);
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
    const media = mediaOf(description.sdp);
    if (media === undefined || media !== (this.#media ?? media)) {
      this.#reject(generation, description, new Error('media that a call cannot have'));
      return false;
    }
    try {
      await connection.setRemoteDescription({
        type: description.type,
        sdp: withOpusDtx(withStartBitrate(withFewCandidates(description.sdp))),
      });
    } catch (error) {
      this.#reject(generation, description, error);
      return false;
    }
    this.#media = media;
    this.#generation = generation;
    this.#remoteGeneration = generation;
    return true;
  }

  #reject(generation: number, { type: kind }: SessionDescription, error: unknown): void {
    this.#log.warn('remote description rejected', { generation, kind, error });
    this.#ports.onRejected(error);
  }

  async #addEarlyCandidates(connection: RTCPeerConnection): Promise<void> {
    for (const candidate of this.#candidates.takeFor(this.#remoteGeneration)) {
      await this.#addCandidate(connection, candidate);
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
}
