import type { Clock } from '#shared/clock.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Result } from '#shared/result.ts';
import type { PublicKey } from '../identity/keys.ts';
import type { KeyDirectory } from './KeyDirectory.ts';
import type { Envelope, Sealer } from './Sealer.ts';

/** What every envelope says about itself. */
export interface Stamp {
  readonly v: 1;
  readonly from: PeerId;
  readonly to: PeerId;
  readonly seq: number;
  readonly sentAt: number;
}

/** Stamps, seals and hands over what goes out, for each recipient in the order in which it was given. */
export class Outbox {
  readonly #self: { readonly id: PeerId; readonly publicKey: PublicKey };
  readonly #directory: Pick<KeyDirectory, 'get'>;
  readonly #sealer: Pick<Sealer, 'seal'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #waiting = new Map<PeerId, Promise<unknown>>();
  #seq = 0;

  constructor(options: {
    readonly self: { readonly id: PeerId; readonly publicKey: PublicKey };
    readonly directory: Pick<KeyDirectory, 'get'>;
    readonly sealer: Pick<Sealer, 'seal'>;
    readonly clock: Pick<Clock, 'now'>;
  }) {
    this.#self = options.self;
    this.#directory = options.directory;
    this.#sealer = options.sealer;
    this.#clock = options.clock;
  }

  /** The counter goes on above `seq`, which this device has used before. */
  countFrom(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
  }

  /** Resolves with what `pass` makes of the box, or with why there was none. */
  async post<T>(letter: {
    readonly to: PeerId;
    readonly write: (stamp: Stamp) => Envelope;
    readonly pass: (box: string) => Promise<Result<T>>;
  }): Promise<Result<T>> {
    const { to, write, pass } = letter;
    // Sealed and handed over one after the other, so that the counter goes up on the wire too; the answers are
    // then waited for side by side.
    const before = this.#waiting.get(to) ?? Promise.resolve();
    const handedOver = before.then(async () => {
      const box = await this.#seal(to, write);
      return box.ok ? { answer: pass(box.value) } : { answer: Promise.resolve(box) };
    });
    // Whoever posted it hears of its failure; what comes behind it is not to blame.
    const next = handedOver.then(
      () => undefined,
      () => undefined,
    );
    this.#waiting.set(to, next);
    const handed = await handedOver.finally(() => {
      if (this.#waiting.get(to) === next) {
        this.#waiting.delete(to);
      }
    });
    return handed.answer;
  }

  async #seal(to: PeerId, write: (stamp: Stamp) => Envelope): Promise<Result<string>> {
    const { id: from, publicKey } = this.#self;
    const key: Result<PublicKey> =
      to === from ? { ok: true, value: publicKey } : await this.#directory.get(to);
    if (!key.ok) {
      return key;
    }
    return this.#sealer.seal(
      write({ v: 1, from, to, seq: this.#nextSeq(), sentAt: this.#clock.now() }),
      key.value,
    );
  }

  /**
   * One counter for everything: one per call could be forgotten while its call goes on. It follows the clock, so
   * that it goes up across restarts, and tells nobody how much we say to others.
   */
  #nextSeq(): number {
    this.#seq = Math.max(this.#seq + 1, this.#clock.now());
    return this.#seq;
  }
}
