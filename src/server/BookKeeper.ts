import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import type { SessionRequest } from '#shared/protocol/messages.ts';
import { AddressRate } from './AddressRate.ts';
import type { Backplane } from './Backplane.ts';
import { Book, type BookChange } from './Book.ts';
import type { ServerLimits } from './limits.ts';
import type { Session } from './Session.ts';
import type { ServerStats } from './stats.ts';

/** A book that is coming in parts; undefined once it has become too large. */
type Draft = Book | undefined;

/** So many entries count against the rate like one message more: they are work here and in the backplane. */
export const entriesPerMessage = 100;

type BookLimits = Pick<ServerLimits, 'bookEntries' | 'bookEntriesPerSecond' | 'bookEntryBurst'>;

/** Takes the books of devices, and has the backplane keep them. */
export class BookKeeper {
  readonly #backplane: Backplane;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #limits: BookLimits;
  readonly #rate: AddressRate;
  readonly #stats: ServerStats;
  readonly #changed: (session: Session) => void;
  readonly #drafts = new WeakMap<Session, { book: Draft }>();
  /** The `ref` of the part that completed the latest book: it may come again after a resumption. */
  readonly #completed = new WeakMap<Session, string>();

  constructor(options: {
    readonly backplane: Backplane;
    readonly logger: Logger;
    readonly clock: Clock;
    readonly limits: BookLimits;
    readonly stats: ServerStats;
    /** The book of a session is another one now. */
    readonly changed: (session: Session) => void;
  }) {
    this.#backplane = options.backplane;
    this.#log = options.logger;
    this.#clock = options.clock;
    this.#limits = options.limits;
    const { bookEntriesPerSecond: perSecond, bookEntryBurst: capacity } = options.limits;
    this.#rate = new AddressRate({ perSecond, capacity });
    this.#stats = options.stats;
    this.#changed = options.changed;
  }

  async put(session: Session, message: SessionRequest<'book.put'>): Promise<void> {
    const { ref, first, last, others, entries } = message;
    const begun = this.#drafts.get(session);
    if (!first && begun === undefined) {
      // Its beginning came to a node that is gone, or it is all here already and only the answer was lost.
      if (last && this.#completed.get(session) === ref && session.bookFailure === undefined) {
        this.#done(session, ref);
      } else {
        this.#refuse(session, ref, 'backplaneFailed');
      }
      return;
    }
    session.socket?.multiplied(Math.floor(entries.length / entriesPerMessage));
    const book = first ? Book.of(others, entries) : begun?.book?.with(entries, others);
    const fits = book !== undefined && book.size <= this.#limits.bookEntries;
    if (!last) {
      this.#drafts.set(session, { book: fits ? book : undefined });
    } else {
      this.#drafts.delete(session);
    }
    if (!fits) {
      this.#refuse(session, ref, 'tooMany');
    } else if (!last) {
      this.#done(session, ref);
    } else if (book.says(session.book) && session.bookFailure === undefined) {
      this.#completed.set(session, ref);
      this.#done(session, ref);
    } else if (!this.#allows(session, book.size)) {
      this.#refuse(session, ref, 'rateLimited');
    } else {
      this.#completed.set(session, ref);
      await this.#replace(session, ref, book);
    }
  }

  async change(session: Session, { ref, entries }: SessionRequest<'book.change'>): Promise<void> {
    session.socket?.multiplied(Math.floor(entries.length / entriesPerMessage));
    const book = session.book.with(entries);
    if (book.size > this.#limits.bookEntries) {
      this.#refuse(session, ref, 'tooMany');
      return;
    }
    if (!this.#allows(session, entries.length)) {
      this.#refuse(session, ref, 'rateLimited');
      return;
    }
    await this.#replace(session, ref, book, entries);
  }

  /** Forgets the addresses that have brought nothing for a while. */
  sweep(now: number): void {
    this.#rate.prune(now);
  }

  #allows(session: Session, entries: number): boolean {
    const { socket } = session;
    // Even an empty book takes a place of its own.
    return socket === undefined || this.#rate.allows(socket.addressKey, this.#clock.monotonic(), entries + 1);
  }

  /**
   * The book counts here at once, before the other nodes know it: who blocks somebody does not want to wait. `changes`:
   * all in which it differs from the one before.
   */
  async #replace(session: Session, ref: string, book: Book, changes?: readonly BookChange[]): Promise<void> {
    const { id, deviceId, bookFailure } = session;
    session.book = book;
    const kept =
      changes === undefined || bookFailure !== undefined
        ? await this.#backplane.putBook(id, deviceId, book)
        : await this.#backplane.changeBook(id, deviceId, changes, book);
    this.#changed(session);
    if (kept.ok) {
      // Only a whole book that was written after a failure has what was lost with it.
      if (session.bookFailure === bookFailure) {
        session.bookFailure = undefined;
      }
      this.#done(session, ref);
    } else {
      session.bookFailure = Symbol('book not kept');
      this.#stats.backplaneFailures++;
      this.#log.warn('backplane failed', { request: 'book', reason: kept.error.message });
      this.#refuse(session, ref, 'backplaneFailed');
    }
  }

  #done(session: Session, ref: string): void {
    session.socket?.write(encodeFrame({ type: 'done', ref }));
  }

  #refuse(session: Session, ref: string, code: 'tooMany' | 'rateLimited' | 'backplaneFailed'): void {
    session.socket?.write(encodeFrame({ type: 'error', ref, code }));
  }
}
