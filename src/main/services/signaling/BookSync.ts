import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import { limits } from '#shared/protocol/limits.ts';
import { ok, type Result } from '#shared/result.ts';
import { bookChanges, bookOf, type Book, type BookFacts } from './book.ts';
import { chunks } from './chunks.ts';
import { SessionTask } from './SessionTask.ts';
import type { SignalingClient } from './SignalingClient.ts';
import type { SignalingRequests } from './SignalingRequests.ts';

/** Keeps the server's book of this device as the person wants it: whole in a new session, then what changes. */
export class BookSync {
  readonly #requests: Pick<SignalingRequests, 'putBook' | 'changeBook'>;
  readonly #facts: () => BookFacts;
  readonly #task: SessionTask;
  /** What the server has for sure; undefined: nobody knows. */
  #known: Book | undefined;

  constructor(options: {
    readonly client: Pick<SignalingClient, 'on'>;
    readonly requests: Pick<SignalingRequests, 'putBook' | 'changeBook'>;
    readonly facts: () => BookFacts;
    readonly clock: Pick<Clock, 'after'>;
    readonly logger: Logger;
  }) {
    this.#requests = options.requests;
    this.#facts = options.facts;
    this.#task = new SessionTask({
      client: options.client,
      onSession: (resumed) => {
        this.#known = resumed ? this.#known : undefined;
      },
      tell: async () => this.#tell(),
      clock: options.clock,
      logger: options.logger,
    });
  }

  close(): void {
    this.#task.close();
  }

  /** Something changed that the book is made of. Resolves when the server has it, or cannot be told now. */
  async changed(): Promise<void> {
    return this.#task.run();
  }

  async #tell(): Promise<Result<unknown>> {
    const known = this.#known;
    const wanted = bookOf(this.#facts());
    // Whatever goes wrong on the way leaves the server with something in between.
    this.#known = undefined;
    const told =
      known?.others === wanted.others ? await this.#change(known, wanted) : await this.#put(wanted);
    if (told.ok) {
      this.#known = wanted;
    }
    return told;
  }

  async #put({ others, entries }: Book): Promise<Result<unknown>> {
    const list = [...entries].map(([id, may]) => ({ id, may }));
    const parts = list.length === 0 ? [[]] : chunks(list, limits.bookEntriesPerFrame);
    for (const [index, part] of parts.entries()) {
      const [first, last] = [index === 0, index === parts.length - 1];
      const put = await this.#requests.putBook({ first, last, others, entries: part });
      if (!put.ok) {
        return put;
      }
    }
    return ok(null);
  }

  async #change(known: Book, wanted: Book): Promise<Result<unknown>> {
    for (const entries of chunks(bookChanges(known.entries, wanted.entries), limits.bookEntriesPerFrame)) {
      const changed = await this.#requests.changeBook({ entries });
      if (!changed.ok) {
        return changed;
      }
    }
    return ok(null);
  }
}
