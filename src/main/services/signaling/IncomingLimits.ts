import type { CallBody } from '#shared/call/messages.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { TokenBucket } from '#shared/tokenBucket.ts';

/**
 * Rates for what strangers make us do, tokens per second and at once. Together they stay far below what a
 * server lets one client send (50 a second, 200 at once by default), so that the person's own calls get out
 * whatever comes in.
 */
const rates = {
  /** Questions for the keys of senders. */
  keys: { perSecond: 5, capacity: 20 },
  /** Calls of one stranger: impatient redialling passes. */
  stranger: { perSecond: 0.5, capacity: 5 },
  /** Calls of one familiar peer: people who call back and forth never notice this, and a program does not ring on. */
  familiar: { perSecond: 0.5, capacity: 20 },
  /** Answers of one familiar peer, to calls that the person placed: more than one device may answer each. */
  answers: { perSecond: 4, capacity: 20 },
  /** Calls of all strangers: more than one a second is no way to reach a person. */
  together: { perSecond: 1, capacity: 30 },
} as const;

/** Strangers whose rate is remembered; one that was forgotten still counts among all. */
const strangerLimit = 1_000;

/** Far more peers than anybody calls or answers between two starts of the app. */
const familiarLimit = 256;

/** What a familiar peer may make us do, kept apart: whoever calls often is still answered. */
interface FamiliarRates {
  readonly calls: TokenBucket;
  readonly answers: TokenBucket;
}

/** A person's doing when we send it; answered by the engine itself, whoever sent it, when it comes. */
const callOpening: ReadonlySet<CallBody['type']> = new Set(['invite', 'accept']);

/**
 * Keeps what others make us do by itself from using up what we may send, and the person's attention. Peers
 * whom the person called, answered or keeps as contacts are no strangers: only their own rate counts, and it is a wide one.
 */
export class IncomingLimits {
  readonly #now: () => number;
  readonly #knows: (from: PeerId) => boolean;
  readonly #keys: TokenBucket;
  readonly #together: TokenBucket;
  readonly #strangers = new Map<PeerId, TokenBucket>();
  /** Peers whom the person called or answered, and contacts. */
  readonly #familiar = new Map<PeerId, FamiliarRates>();

  constructor(options: {
    /** Milliseconds of a steady clock. */
    readonly now: () => number;
    /** Whether somebody is a contact. */
    readonly knows: (from: PeerId) => boolean;
  }) {
    this.#now = options.now;
    this.#knows = options.knows;
    this.#keys = new TokenBucket({ ...rates.keys, now: this.#now() });
    this.#together = new TokenBucket({ ...rates.together, now: this.#now() });
  }

  /** Tells of everything that we send. */
  sent(to: PeerId, body: CallBody): void {
    if (callOpening.has(body.type)) {
      this.#befriend(to);
    }
  }

  /** Whether the server may be asked for the key of a sender now. */
  mayAskKey(from: PeerId): boolean {
    return this.#familiar.has(from) || this.#knows(from) || this.#keys.takeIfThere(this.#now());
  }

  /** Whether a message may go on to the engine now. */
  mayPass(from: PeerId, body: CallBody): boolean {
    if (!callOpening.has(body.type)) {
      return true;
    }
    const now = this.#now();
    const familiar = this.#familiar.get(from) ?? (this.#knows(from) ? this.#befriend(from) : undefined);
    if (familiar !== undefined) {
      return (body.type === 'accept' ? familiar.answers : familiar.calls).takeIfThere(now);
    }
    // The sender's own rate first, so that one alone does not spend what is for all.
    return this.#strangerBucket(from).takeIfThere(now) && this.#together.takeIfThere(now);
  }

  #befriend(peer: PeerId): FamiliarRates {
    const now = this.#now();
    const buckets = this.#familiar.get(peer) ?? {
      calls: new TokenBucket({ ...rates.familiar, now }),
      answers: new TokenBucket({ ...rates.answers, now }),
    };
    this.#familiar.delete(peer);
    this.#familiar.set(peer, buckets);
    forgetOldest(this.#familiar, familiarLimit);
    return buckets;
  }

  #strangerBucket(from: PeerId): TokenBucket {
    const bucket = this.#strangers.get(from) ?? new TokenBucket({ ...rates.stranger, now: this.#now() });
    this.#strangers.delete(from);
    this.#strangers.set(from, bucket);
    forgetOldest(this.#strangers, strangerLimit);
    return bucket;
  }
}

/** Maps and sets keep the order of insertion. */
function forgetOldest<K>(
  collection: { readonly size: number; keys(): Iterator<K>; delete(key: K): boolean },
  limit: number,
): void {
  const oldest = collection.keys().next();
  if (collection.size > limit && oldest.done !== true) {
    collection.delete(oldest.value);
  }
}
