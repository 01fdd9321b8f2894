import {
  recordingBounds,
  type CallNetworkEvent,
  type CallRecording,
  type CallSample,
} from '#shared/call/recording.ts';

/** Milliseconds between two samples as they come. */
const everyMs = 1_000;

/** Keeps the samples and events of one call within their bounds, however long it lasts. */
export class RecordingTape {
  #samples: CallSample[] = [];
  #events: CallNetworkEvent[] = [];
  /** Every how many samples one is kept. */
  #stride = 1;
  #seen = 0;

  sample(sample: CallSample): void {
    if (this.#seen % this.#stride === 0) {
      this.#samples.push(sample);
    }
    this.#seen++;
    if (this.#samples.length > recordingBounds.samples) {
      this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
      this.#stride *= 2;
    }
  }

  /** The same state twice is one event; two restarts are two. */
  event(event: CallNetworkEvent): void {
    const last = this.#events.findLast(({ kind }) => kind === event.kind);
    if (event.kind !== 'restart' && last?.value === event.value) {
      return;
    }
    this.#events.push(event);
    if (this.#events.length > recordingBounds.events) {
      this.#events.shift();
    }
  }

  /** What was recorded so far. */
  get content(): Pick<CallRecording, 'every' | 'samples' | 'events'> {
    return { every: everyMs * this.#stride, samples: [...this.#samples], events: [...this.#events] };
  }
}
