import type { Unsubscribe } from '#shared/emitter.ts';
import type { LevelPort, RtcPort } from './ports.ts';

/** Keeps one meter on the own microphone and one on what the peer sends; a meter that stops reads 0. */
export class LevelMeters {
  readonly #levels: LevelPort;
  readonly #rtc: RtcPort;
  readonly #onMicrophone: (level: number) => void;
  readonly #onRemote: (level: number) => void;
  #stopMicrophone: Unsubscribe | undefined;
  #stopRemote: Unsubscribe | undefined;

  constructor(options: {
    readonly levels: LevelPort;
    readonly rtc: RtcPort;
    readonly onMicrophone: (level: number) => void;
    readonly onRemote: (level: number) => void;
  }) {
    this.#levels = options.levels;
    this.#rtc = options.rtc;
    this.#onMicrophone = options.onMicrophone;
    this.#onRemote = options.onRemote;
  }

  watchMicrophone(track: MediaStreamTrack | null): void {
    if (this.#stopMicrophone !== undefined) {
      this.#stopMicrophone();
      this.#stopMicrophone = undefined;
      this.#onMicrophone(0);
    }
    if (track !== null) {
      this.#stopMicrophone = this.#levels.watch(this.#rtc.createStream([track]), this.#onMicrophone);
    }
  }

  watchRemote(stream: MediaStream | null): void {
    if (this.#stopRemote !== undefined) {
      this.#stopRemote();
      this.#stopRemote = undefined;
      this.#onRemote(0);
    }
    if (stream !== null) {
      this.#stopRemote = this.#levels.watch(stream, this.#onRemote);
    }
  }

  close(): void {
    this.#stopMicrophone?.();
    this.#stopRemote?.();
  }
}
