import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { Hello, Ready } from '#shared/protocol/messages.ts';

/** Acknowledgements are gathered for this long, milliseconds: one then stands for a burst of candidates. */
const ackDelayMs = 50;

/**
 * How far we are in the session with the server: the token to resume it with, the last delivery that was taken,
 * and when the server hears of that. Outlives sockets.
 */
export class SessionPlace {
  readonly #clock: Clock;
  readonly #acknowledge: (seq: number) => void;
  #session: { readonly token: string; seq: number } | undefined;
  #cancelAck: CancelTimer | undefined;

  constructor(options: {
    readonly clock: Clock;
    /** Tells the server that everything up to `seq` has been taken. */
    readonly acknowledge: (seq: number) => void;
  }) {
    this.#clock = options.clock;
    this.#acknowledge = options.acknowledge;
  }

  /** What the next login may ask to go on with. */
  get resume(): Hello['resume'] {
    return this.#session && { session: this.#session.token, seq: this.#session.seq };
  }

  /** The server has let us in. */
  enter({ session, resumed }: Ready): void {
    this.#session = { token: session, seq: resumed ? (this.#session?.seq ?? 0) : 0 };
  }

  /** Whether a delivery is new; one comes again when our acknowledgement was lost with the socket. */
  take(seq: number): boolean {
    if (this.#session === undefined) {
      return false;
    }
    this.#cancelAck ??= this.#clock.after(ackDelayMs, () => this.flush());
    const isNew = seq > this.#session.seq;
    if (isNew) {
      this.#session.seq = seq;
    }
    return isNew;
  }

  /** Acknowledges now instead of in a moment. */
  flush(): void {
    this.pause();
    if (this.#session !== undefined && this.#session.seq > 0) {
      this.#acknowledge(this.#session.seq);
    }
  }

  /** The socket is gone: what was taken is said with the next login. */
  pause(): void {
    this.#cancelAck?.();
    this.#cancelAck = undefined;
  }

  /** The session is given up. */
  leave(): void {
    this.#session = undefined;
  }
}
