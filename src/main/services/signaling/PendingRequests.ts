import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { ClientMessage, ServerMessage } from '#shared/protocol/messages.ts';
import { fail, type Result } from '#shared/result.ts';

export type Request = Extract<ClientMessage, { ref: string }>;
export type Answer = Extract<ServerMessage, { ref: string }>;

/** A call in trouble makes some tens; more than this means that something runs away. */
const pendingLimit = 256;

interface Entry {
  readonly request: Request;
  /** Fails with the socket instead of being sent again. */
  readonly bound: boolean;
  readonly resolve: (result: Result<Answer>) => void;
  readonly cancelDeadline: CancelTimer;
}

/**
 * Requests without an answer, in the order in which they were made. Unless bound to it they outlive the socket:
 * each new session gets them again under the same `ref`, until the answer comes or their deadline passes.
 */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #whyLate: () => ErrorCode;
  readonly #entries = new Map<string, Entry>();

  constructor(options: {
    readonly clock: Clock;
    /** The failure of a request whose deadline passes now. */
    readonly whyLate: () => ErrorCode;
  }) {
    this.#clock = options.clock;
    this.#whyLate = options.whyLate;
  }

  get size(): number {
    return this.#entries.size;
  }

  get requests(): readonly Request[] {
    return [...this.#entries.values()].map(({ request }) => request);
  }

  /** `deadlineMs`: how long the request may stay unanswered; `bound`: it fails when the socket is lost. */
  async add(
    request: Request,
    { deadlineMs, bound }: { readonly deadlineMs: number; readonly bound: boolean },
  ): Promise<Result<Answer>> {
    if (this.#entries.size >= pendingLimit) {
      return fail('SIGNALING_RATE_LIMITED', 'too many requests without an answer');
    }
    return new Promise((resolve) => {
      const cancelDeadline = this.#clock.after(deadlineMs, () => {
        this.#settle(request.ref, fail(this.#whyLate(), `no answer within ${deadlineMs} ms`));
      });
      this.#entries.set(request.ref, { request, bound, resolve, cancelDeadline });
    });
  }

  /** False when nothing waits for this answer (it came twice, or too late). */
  answer(answer: Answer): boolean {
    return this.#settle(answer.ref, { ok: true, value: answer });
  }

  failAll(reason: ErrorCode, message: string): void {
    for (const ref of [...this.#entries.keys()]) {
      this.#settle(ref, fail(reason, message));
    }
  }

  /** The socket is gone, and with it what was asked of that connection alone. */
  failBound(reason: ErrorCode): void {
    for (const [ref, { bound }] of [...this.#entries]) {
      if (bound) {
        this.#settle(ref, fail(reason, 'the connection broke'));
      }
    }
  }

  #settle(ref: string, result: Result<Answer>): boolean {
    const entry = this.#entries.get(ref);
    if (entry === undefined) {
      return false;
    }
    this.#entries.delete(ref);
    entry.cancelDeadline();
    entry.resolve(result);
    return true;
  }
}
