import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { CallId } from '#shared/identity/ids.ts';
import type { TimerName } from './callState.ts';

/** The running timers of the call, at most one of each name. */
export class CallTimers {
  readonly #clock: Clock;
  readonly #onTimer: (callId: CallId, name: TimerName) => void;
  readonly #running = new Map<TimerName, CancelTimer>();

  constructor(options: {
    readonly clock: Clock;
    readonly onTimer: (callId: CallId, name: TimerName) => void;
  }) {
    this.#clock = options.clock;
    this.#onTimer = options.onTimer;
  }

  /** `ms`: milliseconds from now; takes the place of a running timer of the same name. */
  start(callId: CallId, name: TimerName, ms: number): void {
    this.cancel(name);
    const cancel = this.#clock.after(ms, () => {
      this.#running.delete(name);
      this.#onTimer(callId, name);
    });
    this.#running.set(name, cancel);
  }

  cancel(name: TimerName): void {
    this.#running.get(name)?.();
    this.#running.delete(name);
  }

  cancelAll(): void {
    for (const cancel of this.#running.values()) {
      cancel();
    }
    this.#running.clear();
  }
}
