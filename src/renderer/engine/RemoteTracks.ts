/**
 * What the peer sends, as one stream for the whole call. Tracks are let into it only when both have agreed to
 * talk: a connection may stand while it rings, and whoever is at its other end could already send.
 */
export class RemoteTracks {
  readonly stream: MediaStream;
  readonly #onSound: (stream: MediaStream) => void;
  #tracks: MediaStreamTrack[] = [];
  #open = false;

  constructor(options: {
    readonly stream: MediaStream;
    /** Sound has joined the stream. */
    readonly onSound: (stream: MediaStream) => void;
  }) {
    this.stream = options.stream;
    this.#onSound = options.onSound;
  }

  add(track: MediaStreamTrack): void {
    this.#tracks.push(track);
    if (this.#open) {
      this.#admit(track);
    }
  }

  open(): void {
    if (!this.#open) {
      this.#open = true;
      this.#tracks.forEach((track) => this.#admit(track));
    }
  }

  /** The connection that they came from is gone; another one takes its place. */
  forget(): void {
    this.#tracks.forEach((track) => this.stream.removeTrack(track));
    this.#tracks = [];
  }

  /** The call is over. */
  clear(): void {
    this.forget();
    this.#open = false;
  }

  #admit(track: MediaStreamTrack): void {
    this.stream.addTrack(track);
    if (track.kind === 'audio') {
      this.#onSound(this.stream);
    }
  }
}
