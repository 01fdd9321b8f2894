import { setImmediate as nextTurn } from 'node:timers/promises';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandArgs } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { isMissed, type CallMark, type CallRecord, type HistoryEntry } from '#shared/people/history.ts';
import { ok, type Result } from '#shared/result.ts';
import type { Database } from '../storage/Database.ts';
import type { Sql } from '../storage/sqlite.ts';
import {
  boundKnown,
  callOf,
  callPage,
  countCalls,
  countUnseen,
  endedSince,
  forgetKnown,
  hasOtherCalls,
  insertCall,
  knownAt,
  newestAt,
  unendedCalls,
} from './callRows.ts';
import { marksPerMessage } from '#shared/call/deviceMessages.ts';
import { markAllSeen, markSeen, unseenMarks, wasSeen } from './seenCalls.ts';
import { foldMissed, replaceCall, type Source } from './callMerge.ts';
import {
  markRemovedUntil,
  removeAll,
  removeBefore,
  removedUntil,
  removeOfPeer,
  removeRow,
} from './removeCalls.ts';

/** Calls without a row of their own that are remembered. */
const knownLimit = 10_000;

/** Rows deleted in one transaction: a few milliseconds, then others may have their turn. */
const sliceRows = 250;

/** Calls are said again for a week, as long as a server keeps a notice: a device may have been away for some of them. */
const weekMs = 7 * 24 * 60 * 60_000;

/** Calls of one exchange between own devices; what is older stays where it is. */
const exchangeRows = 500;

/** Newest rows among which a call is that the app did not see the end of. */
const unendedAmong = 100;

interface HistoryEvents {
  readonly changed: { readonly unseen: number };
  /** The person looked at missed calls on this computer; the newest of them. */
  readonly seen: readonly CallMark[];
}

/** The calls of this person, in the order in which this computer saw them. */
export class CallHistory {
  readonly #self: DeviceId;
  readonly #database: Database;
  readonly #mayRing: (peer: PeerId) => boolean;
  readonly #now: () => number;
  readonly #events: Emitter<HistoryEvents>;
  readonly #log: Logger;

  constructor(options: {
    readonly self: DeviceId;
    readonly database: Database;
    /** Who may not ring here leaves no mark either when another computer of the person reports their call. */
    readonly mayRing: (peer: PeerId) => boolean;
    /** Wall clock, milliseconds since the epoch. */
    readonly now: () => number;
    readonly logger: Logger;
  }) {
    this.#self = options.self;
    this.#database = options.database;
    this.#mayRing = options.mayRing;
    this.#now = options.now;
    this.#log = options.logger;
    this.#events = new Emitter((error) => options.logger.error('history listener failed', { error }));
  }

  on<K extends keyof HistoryEvents>(event: K, listener: (payload: HistoryEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  /**
   * To be called before the first call. The app went down in calls that have no end: one that rang is missed, and of
   * any other nobody knows how it went on.
   */
  start(): void {
    const unended = this.#database.read((sql) => unendedCalls(sql, unendedAmong));
    if (!unended.ok || unended.value.length === 0) {
      return;
    }
    const ended = this.#change((sql) => {
      for (const { call } of unended.value) {
        const rang = call.direction === 'incoming' && call.device === null;
        this.#put(sql, { ...call, end: rang ? 'missed' : 'failed' }, 'own');
      }
    });
    if (!ended.ok) {
      this.#log.warn('calls without an end stay', { code: ended.error.code });
    }
  }

  /** Missed calls that the person has not looked at; 0 when the storage cannot say. */
  get unseen(): number {
    const unseen = this.#database.read(countUnseen);
    return unseen.ok ? unseen.value : 0;
  }

  /** Whether there was any call with this id but for the one named. */
  knows(peer: PeerId, but: CallId): boolean {
    const known = this.#database.read((sql) => hasOtherCalls(sql, peer, but));
    return known.ok && known.value;
  }

  range({ offset, limit, ...filter }: CommandArgs<'historyRange'>): Result<{
    readonly total: number;
    readonly entries: readonly HistoryEntry[];
  }> {
    return this.#database.read((sql) => ({
      total: countCalls(sql, filter),
      entries: callPage(sql, { ...filter, self: this.#self, offset, limit }),
    }));
  }

  /** Adds a call that this computer saw, or replaces the one with the same id when that is not told better. */
  record(call: CallRecord): Result<null> {
    return this.#change((sql) => {
      const counted = knownAt(sql, call.callId);
      if (typeof counted !== 'number' || !isMissed(call)) {
        this.#put(sql, call, 'own');
      }
    });
  }

  /**
   * A call that did not ring here: the peer left word of it, or called too often. `at` is by this computer's clock,
   * milliseconds since the epoch. The same call counts once, however often it is said.
   */
  recordMissed({ at, ...call }: Pick<CallRecord, 'peer' | 'callId' | 'video' | 'at'>): Result<null> {
    return this.#change((sql) => {
      if (callOf(sql, call.callId) === undefined && knownAt(sql, call.callId) === undefined) {
        const facts = { direction: 'incoming', seconds: 0, end: 'missed', device: null } as const;
        this.#put(sql, { ...call, ...facts, at: Math.min(at, this.#now()) }, 'own');
      }
    });
  }

  /** Takes over what another own device recorded. What was deleted here stays deleted. */
  merge(records: readonly CallRecord[]): Result<null> {
    return this.#change((sql) => {
      const floor = removedUntil(sql);
      for (const record of records) {
        const known = knownAt(sql, record.callId);
        const settled = known === null || (known !== undefined && isMissed(record));
        if (record.end !== null && record.at > floor && !settled) {
          this.#put(sql, { ...record, at: Math.min(record.at, this.#now()) }, 'other');
        }
      }
    });
  }

  /** Calls that a device may lack whose newest one is of `ms`; the oldest first. */
  since(ms: number): Result<readonly CallRecord[]> {
    return this.#database.read((sql) => endedSince(sql, Math.max(0, ms - weekMs), exchangeRows));
  }

  /** The time of the newest call; after all were deleted, when that was. */
  newest(): Result<number> {
    return this.#database.read((sql) => Math.max(newestAt(sql), removedUntil(sql)));
  }

  /** Missed calls count as looked at; of one peer, or all. */
  seen(peer?: PeerId): Result<null> {
    let marks: readonly CallMark[] = [];
    const changed = this.#change((sql) => {
      marks = unseenMarks(sql, marksPerMessage, peer);
      markAllSeen(sql, peer);
    });
    if (changed.ok && marks.length > 0) {
      this.#events.emit('seen', marks);
    }
    return changed;
  }

  /** Missed calls that nobody has looked at here; the newest of them. */
  unseenCalls(): Result<readonly CallMark[]> {
    return this.#database.read((sql) => unseenMarks(sql, marksPerMessage));
  }

  /** Those that were looked at here, or deleted, with as many calls as they count. */
  amongSeen(marks: readonly CallMark[]): Result<readonly CallMark[]> {
    return this.#database.read((sql) => marks.filter((mark) => wasSeen(sql, mark)));
  }

  /** The person looked at them on another computer. */
  seenElsewhere(marks: readonly CallMark[]): Result<null> {
    return this.#change((sql) => marks.forEach((mark) => markSeen(sql, mark)));
  }

  /** Many rows go in slices; a failure leaves those that are gone already. Returns how many rows went. */
  async remove(what: CommandArgs<'historyRemove'>): Promise<Result<number>> {
    switch (what.what) {
      case 'rows':
        return this.#remove((sql) => what.rows.reduce((sum, row) => sum + removeRow(sql, row), 0));
      case 'all':
        return this.#remove((sql) => {
          markRemovedUntil(sql, Math.max(this.#now(), newestAt(sql)));
          return removeAll(sql);
        });
      case 'peer':
        return this.#removeInSlices((sql) => removeOfPeer(sql, what.peer, sliceRows));
      case 'before':
        return this.#removeInSlices((sql) => {
          markRemovedUntil(sql, what.at - 1);
          return removeBefore(sql, what.at, sliceRows);
        });
    }
  }

  close(): void {
    this.#events.clear();
  }

  /** Puts a call in a row of its own, or in that of the missed call just before it. */
  #put(sql: Sql, call: CallRecord, source: Source): void {
    const counted = knownAt(sql, call.callId);
    if (counted !== undefined) {
      forgetKnown(sql, call, counted);
    }
    const before = callOf(sql, call.callId);
    if (before === undefined) {
      const matters = source === 'own' || (call.at > this.#now() - weekMs && this.#mayRing(call.peer));
      insertCall(sql, call, isMissed(call) && matters);
    } else {
      replaceCall(sql, before, call, source);
    }
    foldMissed(sql, call.callId);
    boundKnown(sql, knownLimit);
  }

  #change(task: (sql: Sql) => void): Result<null> {
    const changed = this.#database.write((sql) => {
      task(sql);
      return ok(countUnseen(sql));
    });
    if (!changed.ok) {
      return changed;
    }
    this.#events.emit('changed', { unseen: changed.value });
    return ok(null);
  }

  #remove(task: (sql: Sql) => number): Result<number> {
    let removed = 0;
    const changed = this.#change((sql) => {
      removed = task(sql);
      boundKnown(sql, knownLimit);
    });
    return changed.ok ? ok(removed) : changed;
  }

  async #removeInSlices(task: (sql: Sql) => number): Promise<Result<number>> {
    let sum = 0;
    for (;;) {
      const removed = this.#remove(task);
      if (!removed.ok) {
        return removed;
      }
      sum += removed.value;
      if (removed.value < sliceRows) {
        return ok(sum);
      }
      await nextTurn();
    }
  }
}
