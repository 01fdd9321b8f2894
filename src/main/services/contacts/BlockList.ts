import { z } from 'zod';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import type { BlockChange } from '#shared/people/blocks.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { flagColumn, idColumn } from '../storage/columns.ts';
import type { Database } from '../storage/Database.ts';
import type { Sql } from '../storage/sqlite.ts';

/** Lifted blocks that are remembered; as many as there can be blocked ids. */
const liftedLimit = contactBounds.blocked;

interface BlockEvents {
  /** Who is blocked now; the one blocked last comes first. */
  readonly changed: readonly PeerId[];
  /** The person blocked somebody on this computer, or let them in again. */
  readonly made: BlockChange;
}

interface Entry {
  readonly at: number;
  readonly lifted: boolean;
  readonly knownAt: number;
}

const entryRow = z
  .object({ id: idColumn, at: z.int(), lifted: flagColumn, known_at: z.int() })
  .transform(({ id, at, lifted, known_at: knownAt }) => ({ id, at, lifted, knownAt }));

/**
 * The ids that may not reach the person. Held in memory too: whether somebody may ring must not hang on a file.
 * The computers of the person agree on it: of two changes of one id the later counts.
 */
export class BlockList {
  readonly #self: PeerId;
  readonly #database: Database;
  readonly #now: () => number;
  readonly #events: Emitter<BlockEvents>;
  readonly #entries = new Map<PeerId, Entry>();

  constructor(options: {
    readonly self: PeerId;
    readonly database: Database;
    /** Wall clock, milliseconds since the epoch. */
    readonly now: () => number;
    readonly logger: Logger;
  }) {
    this.#self = options.self;
    this.#database = options.database;
    this.#now = options.now;
    this.#events = new Emitter((error, event) => options.logger.error('listener failed', { error, event }));
  }

  /** Reads the list. */
  start(): void {
    const read = this.#database.read((sql) =>
      sql.all(entryRow, 'SELECT id, at, lifted, known_at FROM blocked'),
    );
    for (const { id, ...entry } of read.ok ? read.value : []) {
      this.#entries.set(id, entry);
    }
  }

  on<K extends keyof BlockEvents>(event: K, listener: (payload: BlockEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  has(id: PeerId): boolean {
    return this.#entries.get(id)?.lifted === false;
  }

  /** The one blocked last comes first. */
  list(): readonly PeerId[] {
    return [...this.#entries]
      .filter(([, { lifted }]) => !lifted)
      .sort(([id, one], [otherId, other]) => other.at - one.at || (id < otherId ? -1 : 1))
      .map(([id]) => id);
  }

  /**
   * Whether a call of that time came from somebody who was blocked then, or is now. Milliseconds since the epoch, our
   * clock.
   */
  wasBlocked(id: PeerId, at: number): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && (!entry.lifted || at <= entry.knownAt);
  }

  /** All that is known, for a computer that may have missed some of it. */
  changes(): readonly BlockChange[] {
    return [...this.#entries].map(([id, { at, lifted }]) => ({ id, blocked: !lifted, at }));
  }

  /** Fails with PEER_IS_SELF, BLOCKED_LIMIT or STORAGE_*. */
  set(id: PeerId, blocked: boolean): Result<null> {
    if (id === this.#self) {
      return fail('PEER_IS_SELF', 'the own id cannot be blocked');
    }
    if (blocked === this.has(id)) {
      return ok(null);
    }
    if (blocked && this.list().length >= contactBounds.blocked) {
      return fail('BLOCKED_LIMIT', 'no more ids can be blocked');
    }
    const newest = Math.max(0, ...[...this.#entries.values()].map((entry) => entry.at));
    const change = { id, blocked, at: Math.max(this.#now(), newest + 1) };
    const written = this.#take([change]);
    if (written.ok) {
      this.#events.emit('made', change);
    }
    return written;
  }

  /** Takes over what another computer of the person knows, as far as it is news and there is room. */
  merge(changes: readonly BlockChange[]): Result<null> {
    const news = changes.filter(({ id, at }) => id !== this.#self && at > (this.#entries.get(id)?.at ?? -1));
    const room = Math.max(0, contactBounds.blocked - this.list().length);
    const more = new Set(news.filter(({ id, blocked }) => blocked && !this.has(id)).slice(room));
    const taken = news.filter((change) => !more.has(change));
    return taken.length === 0 ? ok(null) : this.#take(taken);
  }

  /**
   * Takes over who was blocked when a backup was made, the one blocked last first. When that was is not known: it
   * counts as older than every change that a clock dates, so that whoever was let in since stays in, on whichever
   * computer that was. All or none; fails with BLOCKED_LIMIT or STORAGE_*.
   */
  restore(blocked: readonly PeerId[]): Result<null> {
    const news = blocked
      .toReversed()
      .map((id, at) => ({ id, blocked: true, at }))
      .filter(({ id }) => id !== this.#self && !this.#entries.has(id));
    if (this.list().length + news.length > contactBounds.blocked) {
      return fail('BLOCKED_LIMIT', 'no more ids can be blocked');
    }
    return news.length === 0 ? ok(null) : this.#take(news);
  }

  close(): void {
    this.#events.clear();
  }

  #take(changes: readonly BlockChange[]): Result<null> {
    const knownAt = this.#now();
    const written = this.#database.write((sql) => {
      changes.forEach((change) => put(sql, change, knownAt));
      return ok(forgetLifted(sql));
    });
    if (!written.ok) {
      return written;
    }
    const before = this.list();
    for (const { id, blocked, at } of changes) {
      this.#entries.set(id, { at, lifted: !blocked, knownAt });
    }
    written.value.forEach((id) => this.#entries.delete(id));
    const after = this.list();
    if (after.length !== before.length || after.some((id, index) => id !== before[index])) {
      this.#events.emit('changed', after);
    }
    return ok(null);
  }
}

const put = (sql: Sql, { id, blocked, at }: BlockChange, knownAt: number): number =>
  sql.run(
    `INSERT INTO blocked (id, at, lifted, known_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET at = excluded.at, lifted = excluded.lifted, known_at = excluded.known_at`,
    id,
    at,
    Number(!blocked),
    knownAt,
  );

const idRow = z.object({ id: idColumn });

/** Lets go of the oldest of too many lifted blocks; returns whose they were. */
function forgetLifted(sql: Sql): readonly PeerId[] {
  const old = sql
    .all(idRow, 'SELECT id FROM blocked WHERE lifted = 1 ORDER BY at DESC, id LIMIT -1 OFFSET ?', liftedLimit)
    .map(({ id }) => id);
  old.forEach((id) => sql.run('DELETE FROM blocked WHERE id = ?', id));
  return old;
}
