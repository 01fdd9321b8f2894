import type { Clock } from '#shared/clock.ts';
import type { Unsubscribe } from '#shared/emitter.ts';
import type { LevelPort } from './ports.ts';

/** Milliseconds between two readings: fluent for the eye, nothing for the processor. */
const interval = 100;
/** What counts as silence, dB below full scale. */
const floorDb = -60;
const windowSamples = 2_048;

/** Root mean square of samples from -1 to 1 as a level from 0 (silence) to 1 (full scale), linear in dB. */
export function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  if (power === 0) {
    return 0;
  }
  const db = 10 * Math.log10(power);
  return Math.min(1, Math.max(0, 1 - db / floorDb));
}

/**
 * Levels by one AudioContext with an analyser for each stream. Chromium lets sound of a remote stream into
 * a context only while a media element plays that stream too.
 */
export class AudioLevels implements LevelPort {
  readonly #clock: Clock;
  readonly #createContext: () => AudioContext;
  readonly #watches = new Set<Unsubscribe>();
  #context: AudioContext | undefined;

  constructor(options: { readonly clock: Clock; readonly createContext: () => AudioContext }) {
    this.#clock = options.clock;
    this.#createContext = options.createContext;
  }

  watch(stream: MediaStream, listener: (level: number) => void): Unsubscribe {
    if (stream.getAudioTracks().length === 0) {
      return () => undefined;
    }
    const context = this.#context ?? this.#createContext();
    this.#context = context;
    // Suspended where the page may not make sound before a gesture; measuring needs it to run.
    context.resume().catch(() => undefined);
    const source = context.createMediaStreamSource(stream);
    const analyser = context.createAnalyser();
    analyser.fftSize = windowSamples;
    source.connect(analyser);
    const samples = new Float32Array(windowSamples);
    const read = (): void => {
      analyser.getFloatTimeDomainData(samples);
      cancel = this.#clock.after(interval, read);
      listener(levelOf(samples));
    };
    let cancel = this.#clock.after(interval, read);
    const stop = (): void => {
      cancel();
      source.disconnect();
      this.#watches.delete(stop);
      if (this.#watches.size === 0) {
        this.close();
      }
    };
    this.#watches.add(stop);
    return stop;
  }

  /** Stops every watch and gives the audio device back. */
  close(): void {
    const context = this.#context;
    this.#context = undefined;
    for (const stop of [...this.#watches]) {
      stop();
    }
    context?.close().catch(() => undefined);
  }
}
