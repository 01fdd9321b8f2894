import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import { step } from './callMachine.ts';
import {
  initialMachine,
  type CallEffect,
  type CallEvent,
  type Machine,
  type OwnAddress,
} from './callState.ts';

/**
 * Holds the state of the call machine and feeds it one event at a time. Each step has its effects run and is
 * then shown; events that arise meanwhile wait for that.
 */
export class CallLoop {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #run: (effect: CallEffect) => void;
  readonly #onChange: (call: Machine['call']) => void;
  readonly #pending: CallEvent[] = [];
  #machine: Machine;
  #dispatching = false;
  #closed = false;

  constructor(options: {
    readonly own: OwnAddress;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly run: (effect: CallEffect) => void;
    /** The call is another than before. */
    readonly onChange: (call: Machine['call']) => void;
  }) {
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#run = options.run;
    this.#onChange = options.onChange;
    this.#machine = initialMachine(options.own);
  }

  get call(): Machine['call'] {
    return this.#machine.call;
  }

  dispatch(event: CallEvent): void {
    if (this.#closed) {
      return;
    }
    this.#pending.push(event);
    if (this.#dispatching) {
      return;
    }
    this.#dispatching = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
        this.#handle(next);
      }
    } finally {
      this.#dispatching = false;
    }
  }

  /** Nothing that comes later changes the call. */
  close(): void {
    this.#closed = true;
  }

  #handle(event: CallEvent): void {
    const before = this.#machine.call;
    const { state, effects } = step(this.#machine, event, this.#clock.now());
    this.#machine = state;
    for (const effect of effects) {
      this.#attempt(effect);
    }
    if (state.call !== before) {
      this.#logChange(before, state.call);
      this.#onChange(state.call);
    }
  }

  /** A fault in one effect keeps neither the others nor the change from happening; the call ends. */
  #attempt(effect: CallEffect): void {
    try {
      this.#run(effect);
    } catch (error) {
      this.#log.error('call effect failed', { effect: effect.type, error });
      const { call } = this.#machine;
      if (call.phase !== 'idle') {
        this.#pending.push({ type: 'sessionFailed', callId: call.callId, code: 'APP_INTERNAL' });
      }
    }
  }

  #logChange(before: Machine['call'], after: Machine['call']): void {
    if (after.phase !== 'idle' && before.phase !== after.phase) {
      const { callId, role, phase } = after;
      const ms = this.#clock.now() - after.startedAt;
      const ending = after.phase === 'ended' ? { reason: after.reason, code: after.code } : {};
      this.#log.info(`call ${phase}`, { callId, role, ms, ...ending });
    }
  }
}
