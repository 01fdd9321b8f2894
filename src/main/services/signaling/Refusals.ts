import type { Clock } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import type { ReplayProblem } from './ReplayGuard.ts';
import type { OpenProblem } from './Sealer.ts';

/** Why a box was not passed on. */
export type RefusalCause =
  | OpenProblem
  | ReplayProblem
  /** What is written inside names another sender or recipient than the server did. */
  | 'misaddressed'
  /** A notice that did not come out of the mailbox, or something else that did. */
  | 'misplaced'
  /** The server knows no key of the sender, or names one that is not its. */
  | 'unknownSender'
  /** The connection broke before the sender's key was there. */
  | 'keyUnavailable'
  /** More senders whose key we lack than we ask for. */
  | 'crowded'
  /** More calls of this sender, or of all strangers, than anybody means. */
  | 'tooOften'
  /** More boxes of one sender wait for its key than we keep. */
  | 'tooMany';

const silenceMs = 60_000;

/** Nothing that a person should look into: it happens by itself, or is as loud as strangers like. */
const harmless: ReadonlySet<RefusalCause> = new Set(['duplicate', 'keyUnavailable', 'crowded', 'tooOften']);

/** Counts what is refused, and tells of it without letting those who cause it fill the log or the screen. */
export class Refusals {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #logger: Logger;
  readonly #events: Emitter<{ notable: RefusalCause }>;
  readonly #causes = new Map<RefusalCause, { count: number; noticedAt: number | undefined }>();

  constructor(options: { readonly clock: Pick<Clock, 'monotonic'>; readonly logger: Logger }) {
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#events = new Emitter((error) => this.#logger.error('listener failed', { error }));
  }

  /** Something for the person to know: not what happens by itself, and at most once a minute per cause. */
  onNotable(listener: (cause: RefusalCause) => void): Unsubscribe {
    return this.#events.on('notable', listener);
  }

  /** How many boxes were refused so far, for a cause. */
  count(cause: RefusalCause): number {
    return this.#causes.get(cause)?.count ?? 0;
  }

  refuse(cause: RefusalCause, from: PeerId): void {
    const entry = this.#causes.get(cause) ?? { count: 0, noticedAt: undefined };
    this.#causes.set(cause, entry);
    entry.count += 1;
    const now = this.#clock.monotonic();
    const quiet = entry.noticedAt !== undefined && now - entry.noticedAt < silenceMs;
    this.#logger[quiet ? 'debug' : 'warn']('message refused', {
      code: 'PEER_MESSAGE_REFUSED',
      cause,
      from,
      count: entry.count,
    });
    if (quiet) {
      return;
    }
    entry.noticedAt = now;
    if (!harmless.has(cause)) {
      this.#events.emit('notable', cause);
    }
  }
}
