import type { Logger } from '#shared/logging.ts';
import { cameraHint, pictureParameters, soundParameters } from './sendingRules.ts';
import type { VideoStep } from './videoPolicy.ts';

export type MediaSlot = 'audio' | 'video';

/** `setParameters` of webrtc-extensions, section 5.4, which TypeScript's DOM does not know yet. */
interface KeyFrameOptions {
  readonly encodingOptions: readonly { readonly keyFrame: boolean }[];
}
interface KeyFrameSender {
  setParameters(parameters: RTCRtpSendParameters, options?: KeyFrameOptions): Promise<void>;
}

const slots: readonly MediaSlot[] = ['audio', 'video'];

/** What a connection sends: one track of each kind, which is replaced without a negotiation. */
export class SendingSlots {
  readonly #stream: MediaStream;
  readonly #log: Logger;
  readonly #videoCodecs: readonly RTCRtpCodec[];
  readonly #tracks: Record<MediaSlot, MediaStreamTrack | null> = { audio: null, video: null };
  readonly #transceivers = new Map<MediaSlot, RTCRtpTransceiver>();
  /** What the picture may cost; undefined: nobody has said. */
  #step: VideoStep | undefined;
  #closed = false;

  constructor(options: {
    /** Both tracks name this one, so that the receiver keeps lips and voice together. */
    readonly stream: MediaStream;
    /** In the order in which they are wanted; empty: the browser's own. */
    readonly videoCodecs: readonly RTCRtpCodec[];
    readonly logger: Logger;
  }) {
    this.#stream = options.stream;
    this.#log = options.logger;
    this.#videoCodecs = options.videoCodecs;
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
      this.#use(slot, transceiver);
    }
  }

  /** The answerer sends on what the offer made. */
  adopt(connection: RTCPeerConnection): void {
    for (const transceiver of connection.getTransceivers()) {
      const slot = slots.find((kind) => kind === transceiver.receiver.track.kind);
      if (slot !== undefined && !this.#transceivers.has(slot)) {
        transceiver.direction = 'sendrecv';
        transceiver.sender.setStreams(this.#stream);
        this.#use(slot, transceiver);
      }
    }
  }

  /** The picture may cost that much from now on; before there is a sender, from its beginning. */
  async setPicture(step: VideoStep): Promise<void> {
    this.#step = step;
    await this.#setParameters('video', (parameters) => pictureParameters(parameters, step));
  }

  /** The path stands: what is sent over it has an order. */
  async putSoundFirst(): Promise<void> {
    await this.#setParameters('audio', soundParameters);
  }

  /**
   * Sends a whole picture now. What was sent into an outage is not sent again, and the receiver's request for a whole
   * picture falls into it too: without this its picture stands for seconds after its sound is back.
   */
  async refreshPicture(): Promise<void> {
    await this.#setParameters(
      'video',
      (parameters) => parameters,
      ({ encodings }) => ({ encodingOptions: encodings.map(() => ({ keyFrame: true })) }),
    );
  }

  close(): void {
    this.#closed = true;
  }

  #use(slot: MediaSlot, transceiver: RTCRtpTransceiver): void {
    this.#transceivers.set(slot, transceiver);
    this.#prefer(slot, transceiver);
    if (slot === 'video' && this.#step !== undefined) {
      void this.setPicture(this.#step);
    }
    this.#attach(slot);
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
    if (track !== null && slot === 'video') {
      track.contentHint = cameraHint;
    }
    transceiver.sender.replaceTrack(track).catch((error: unknown) => {
      this.#log.warn('track could not be replaced', { slot, error });
    });
  }

  #prefer(slot: MediaSlot, transceiver: RTCRtpTransceiver): void {
    if (slot === 'video' && this.#videoCodecs.length > 0) {
      try {
        transceiver.setCodecPreferences([...this.#videoCodecs]);
      } catch (error) {
        this.#log.warn('order of codecs refused', { error });
      }
    }
  }

  async #setParameters(
    slot: MediaSlot,
    change: (parameters: RTCRtpSendParameters) => RTCRtpSendParameters,
    options?: (parameters: RTCRtpSendParameters) => KeyFrameOptions,
  ): Promise<void> {
    const sender = this.#transceivers.get(slot)?.sender;
    if (sender === undefined || this.#closed) {
      return;
    }
    try {
      // Read and written without anything in between: the browser refuses parameters that are not its latest.
      const parameters = change(sender.getParameters());
      await (sender as KeyFrameSender).setParameters(parameters, options?.(parameters));
    } catch (error) {
      this.#log.warn('parameters refused', { slot, error });
    }
  }
}
