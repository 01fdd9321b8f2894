import type { Logger } from '#shared/logging.ts';

export type MediaSlot = 'audio' | 'video';

const slots: readonly MediaSlot[] = ['audio', 'video'];

/** What a connection sends: one track of each kind, which is replaced without a negotiation. */
export class SendingSlots {
  readonly #stream: MediaStream;
  readonly #log: Logger;
  readonly #tracks: Record<MediaSlot, MediaStreamTrack | null> = { audio: null, video: null };
  readonly #transceivers = new Map<MediaSlot, RTCRtpTransceiver>();
  #closed = false;

  constructor(options: {
    /** Both tracks name this one, so that the receiver keeps lips and voice together. */
    readonly stream: MediaStream;
    readonly logger: Logger;
  }) {
    this.#stream = options.stream;
    this.#log = options.logger;
  }

  /** Sends this track from now on, or nothing. */
  set(slot: MediaSlot, track: MediaStreamTrack | null): void {
    this.#tracks[slot] = track;
    this.#attach(slot);
  }

  /** For the first offer. */
  create(connection: RTCPeerConnection): void {
    for (const slot of slots) {
      const transceiver = connection.addTransceiver(slot, {
        direction: 'sendrecv',
        streams: [this.#stream],
      });
      this.#transceivers.set(slot, transceiver);
      this.#attach(slot);
    }
  }

  /** The answerer sends on what the offer made. */
  adopt(connection: RTCPeerConnection): void {
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

  close(): void {
    this.#closed = true;
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
}
