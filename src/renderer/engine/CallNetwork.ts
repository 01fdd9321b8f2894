import type { CallNetworkEvent, CallRecording, CallSample, NetworkPath } from '#shared/call/recording.ts';
import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import type { StatsReport } from './callStats.ts';
import { qualityOf } from './quality.ts';
import { RecordingTape } from './RecordingTape.ts';
import { StatsSampler } from './StatsSampler.ts';
import type { NetworkReading } from './types.ts';
import {
  initialVideoState,
  nextVideoState,
  videoStepOf,
  type VideoState,
  type VideoStep,
} from './videoPolicy.ts';

/** The way as one word for the timeline; `relay-theirs`: how the peer reaches its relay is not known here. */
function wordOf({ local, remote, protocol, relayProtocol }: NetworkPath): string {
  if (local === 'relay') {
    return `relay-${relayProtocol ?? protocol}`;
  }
  return remote === 'relay' ? 'relay-theirs' : `direct-${protocol}`;
}

const worst = (...values: readonly (number | null | undefined)[]): number | null =>
  values.reduce<number | null>(
    (most, value) => (value === null || value === undefined ? most : Math.max(most ?? 0, value)),
    null,
  );

/**
 * Watches the network of one call: reads the connection once a second, keeps what it saw, and lowers the own picture
 * where it endangers the sound.
 */
export class CallNetwork {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #tape = new RecordingTape();
  readonly #sampler: StatsSampler;
  readonly #began: number;
  readonly #dataSaver: () => boolean;
  readonly #sendsPicture: () => boolean;
  readonly #apply: (step: VideoStep) => void;
  readonly #onHeld: (held: boolean) => void;
  readonly #onReading: (reading: Omit<NetworkReading, 'callId'>) => void;
  #video: VideoState;
  /** The step that the sender was told last. */
  #applied: VideoStep['name'] | undefined;
  #held = false;

  constructor(options: {
    readonly clock: Pick<Clock, 'monotonic' | 'after'>;
    readonly logger: Logger;
    /** The person wants a small picture; may change in the call. */
    readonly dataSaver: () => boolean;
    /** The report of the connection in use; undefined: there is none. */
    readonly read: () => Promise<StatsReport | undefined>;
    /** The camera is on. */
    readonly sendsPicture: () => boolean;
    readonly apply: (step: VideoStep) => void;
    /** The picture is not sent, or is sent again, because of the network. */
    readonly onHeld: (held: boolean) => void;
    readonly onReading: (reading: Omit<NetworkReading, 'callId'>) => void;
  }) {
    const { clock, logger, read } = options;
    this.#clock = clock;
    this.#dataSaver = options.dataSaver;
    this.#sendsPicture = options.sendsPicture;
    this.#apply = options.apply;
    this.#onHeld = options.onHeld;
    this.#onReading = options.onReading;
    this.#video = initialVideoState(options.dataSaver());
    this.#began = clock.monotonic();
    this.#sampler = new StatsSampler({ clock, logger, read, onSample: (sample) => this.#take(sample) });
  }

  /** Both have agreed to talk. */
  start(): void {
    if (this.#dataSaver()) {
      this.#adapt(videoStepOf(this.#video));
    }
    this.#sampler.start();
  }

  /** Another connection has taken the place of the one before: its sender knows nothing of the step yet. */
  renew(): void {
    if (this.#applied !== undefined) {
      this.#apply(videoStepOf(this.#video));
    }
  }

  note(kind: CallNetworkEvent['kind'], value: string): void {
    this.#tape.event({ at: Math.round(this.#clock.monotonic() - this.#began), kind, value });
  }

  /** What was seen so far. */
  get content(): Pick<CallRecording, 'every' | 'samples' | 'events'> {
    return this.#tape.content;
  }

  close(): void {
    this.#sampler.close();
  }

  #take(sample: CallSample): void {
    this.#tape.sample(sample);
    if (sample.path !== null) {
      this.note('path', wordOf(sample.path));
    }
    if (this.#sendsPicture()) {
      const { sent, rttMs, availableKbps } = sample;
      const loss = worst(sent.audio?.loss, sent.video?.loss);
      this.#video = nextVideoState(this.#video, { loss, rttMs, availableKbps }, this.#dataSaver());
      this.#adapt(videoStepOf(this.#video));
    }
    this.#hold(this.#sendsPicture() && videoStepOf(this.#video).name === 'off');
    this.#onReading({
      sample,
      reading: qualityOf(sample),
      events: this.#tape.content.events,
      held: this.#held,
    });
  }

  #adapt(step: VideoStep): void {
    if (step.name !== this.#applied) {
      // The first one is no change.
      if (this.#applied !== undefined) {
        this.note('adaptation', step.name);
      }
      this.#applied = step.name;
      this.#apply(step);
    }
  }

  #hold(held: boolean): void {
    if (held !== this.#held) {
      this.#held = held;
      this.#onHeld(held);
    }
  }
}
