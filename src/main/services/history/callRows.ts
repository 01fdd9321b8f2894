import { z } from 'zod';
import { endReasons } from '#shared/call/endReasons.ts';
import { callIdSchema, deviceIdSchema, type CallId, type DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { isMissed, type CallRecord, type HistoryEntry, type historyFilters } from '#shared/people/history.ts';
import { flagColumn, idColumn } from '../storage/columns.ts';
import type { Sql } from '../storage/sqlite.ts';

const recordColumns = 'call_id, peer, direction, video, at, seconds, end_reason, device';

const recordShape = {
  call_id: callIdSchema,
  peer: idColumn,
  direction: z.enum(['outgoing', 'incoming']),
  video: flagColumn,
  at: z.int(),
  seconds: z.int(),
  end_reason: z.enum(endReasons).nullable(),
  device: deviceIdSchema.nullable(),
} as const;

const recordRow = z.object(recordShape).transform(toRecord);

function toRecord({
  call_id: callId,
  end_reason: end,
  ...rest
}: z.output<z.ZodObject<typeof recordShape>>): CallRecord {
  return { callId, end, ...rest };
}

const storedRow = z
  .object({ ...recordShape, row: z.int(), count: z.int(), unseen: flagColumn })
  .transform(({ row, count, unseen, ...rest }) => ({ row, count, unseen, call: toRecord(rest) }));

export type StoredCall = z.output<typeof storedRow>;

const entryRow = z
  .object({ ...recordShape, row: z.int(), count: z.int(), unseen: flagColumn, name: z.string().nullable() })
  .transform(({ row, count, unseen, name, ...rest }): HistoryEntry => ({
    ...toRecord(rest),
    row,
    count,
    unseen,
    deviceName: name === '' ? null : name,
  }));

const numberRow = z.object({ n: z.int().nullable() });

const number = (sql: Sql, query: string, ...values: readonly (string | number)[]): number =>
  sql.get(numberRow, query, ...values)?.n ?? 0;

export interface CallFilter {
  readonly filter: (typeof historyFilters)[number];
  readonly peer?: PeerId | undefined;
}

/** The condition of a filter and what it asks for; every one of the four has an index in the order of the list. */
function where({ filter, peer }: CallFilter): { readonly text: string; readonly values: readonly string[] } {
  const terms = [...(peer === undefined ? [] : ['peer = ?']), ...(filter === 'missed' ? ['missed = 1'] : [])];
  return {
    text: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`,
    values: peer === undefined ? [] : [peer],
  };
}

export function countCalls(sql: Sql, filter: CallFilter): number {
  const { text, values } = where(filter);
  return number(sql, `SELECT count(*) AS n FROM calls ${text}`, ...values);
}

/** The rows are picked in the index alone, so that those skipped cost next to nothing. */
export function callPage(
  sql: Sql,
  query: CallFilter & { readonly self: DeviceId; readonly offset: number; readonly limit: number },
): readonly HistoryEntry[] {
  const { text, values } = where(query);
  return sql.all(
    entryRow,
    `WITH page AS (SELECT row FROM calls ${text} ORDER BY at DESC, row DESC LIMIT ? OFFSET ?)
     SELECT calls.row, ${recordColumns}, count, unseen, name
     FROM page JOIN calls ON calls.row = page.row
     LEFT JOIN own_devices ON device_id = device AND device_id <> ?
     ORDER BY at DESC, calls.row DESC`,
    ...values,
    query.limit,
    query.offset,
    query.self,
  );
}

export const countUnseen = (sql: Sql): number =>
  number(sql, 'SELECT count(*) AS n FROM calls WHERE unseen = 1');

export const newestAt = (sql: Sql): number => number(sql, 'SELECT max(at) AS n FROM calls');

/** The newest calls that are over, from a time on; the oldest of them first. */
export const endedSince = (sql: Sql, at: number, limit: number): readonly CallRecord[] =>
  sql
    .all(
      recordRow,
      `SELECT ${recordColumns} FROM calls WHERE at >= ? AND end_reason IS NOT NULL
       ORDER BY at DESC, row DESC LIMIT ?`,
      at,
      limit,
    )
    .toReversed();

const storedColumns = `row, ${recordColumns}, count, unseen`;

export const callOf = (sql: Sql, id: CallId): StoredCall | undefined =>
  sql.get(storedRow, `SELECT ${storedColumns} FROM calls WHERE call_id = ?`, id);

/** The rows of the same peer just before and just after one, where there are any. */
export function neighboursOf(sql: Sql, { row, call: { peer, at } }: StoredCall): readonly StoredCall[] {
  const from = `SELECT ${storedColumns} FROM calls WHERE peer = ? AND row <> ?`;
  const before = sql.get(storedRow, `${from} AND at <= ? ORDER BY at DESC, row DESC LIMIT 1`, peer, row, at);
  const after = sql.get(storedRow, `${from} AND at > ? ORDER BY at, row LIMIT 1`, peer, row, at);
  return [before, after].filter((neighbour) => neighbour !== undefined);
}

/** Calls without an end among the newest rows. */
export const unendedCalls = (sql: Sql, newest: number): readonly StoredCall[] =>
  sql.all(
    storedRow,
    `SELECT ${storedColumns} FROM (SELECT * FROM calls ORDER BY at DESC, row DESC LIMIT ?)
     WHERE end_reason IS NULL ORDER BY at, row`,
    newest,
  );

export const hasOtherCalls = (sql: Sql, peer: PeerId, but: CallId): boolean =>
  number(sql, 'SELECT EXISTS (SELECT 1 FROM calls WHERE peer = ? AND call_id <> ?) AS n', peer, but) === 1;

const fields = (call: CallRecord) => [
  call.callId,
  call.peer,
  call.direction,
  Number(call.video),
  call.at,
  call.seconds,
  call.end,
  call.device,
  Number(isMissed(call)),
];

export function insertCall(sql: Sql, call: CallRecord, unseen: boolean): void {
  sql.run(
    `INSERT INTO calls (call_id, peer, direction, video, at, seconds, end_reason, device, missed, count, unseen)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)`,
    ...fields(call),
    Number(unseen),
  );
}

export function updateCall(sql: Sql, row: number, call: CallRecord, unseen: boolean): void {
  sql.run(
    `UPDATE calls SET call_id = ?, peer = ?, direction = ?, video = ?, at = ?, seconds = ?, end_reason = ?,
       device = ?, missed = ?, unseen = ? WHERE row = ?`,
    ...fields(call),
    Number(unseen),
    row,
  );
}

/** Counts a call, with all that were counted in it, in another row. */
export function foldCall(sql: Sql, from: StoredCall, into: StoredCall): void {
  sql.run('UPDATE known_calls SET row = ? WHERE row = ?', into.row, from.row);
  sql.run('DELETE FROM calls WHERE row = ?', from.row);
  sql.run('INSERT OR REPLACE INTO known_calls (call_id, row) VALUES (?, ?)', from.call.callId, into.row);
  sql.run(
    `UPDATE calls SET count = count + ?, at = ?, video = ?, end_reason = ?, unseen = ? WHERE row = ?`,
    from.count,
    Math.max(from.call.at, into.call.at),
    Number(from.call.video),
    from.call.end,
    Number(from.unseen || into.unseen),
    into.row,
  );
}

const knownRow = z.object({ row: z.int().nullable() });

/** Where a call without a row of its own is counted; null: it was deleted; undefined: never heard of it. */
export const knownAt = (sql: Sql, id: CallId): number | null | undefined =>
  sql.get(knownRow, 'SELECT row FROM known_calls WHERE call_id = ?', id)?.row;

/**
 * A call that was counted in a row, or deleted, may have a row of its own. Where it rings only now, the others that the
 * row counts came before it, though the row had moved to its time.
 */
export function forgetKnown(sql: Sql, call: CallRecord, countedIn: number | null): void {
  sql.run('DELETE FROM known_calls WHERE call_id = ?', call.callId);
  if (countedIn === null) {
    return;
  }
  sql.run('UPDATE calls SET count = count - 1 WHERE row = ? AND count > 1', countedIn);
  if (call.end === null) {
    sql.run('UPDATE calls SET at = min(at, ?) WHERE row = ?', call.at - 1, countedIn);
  }
}

const idRow = z.object({ call_id: callIdSchema });

/**
 * Takes the call that names a row out of it: another one counted there gives it its name. Returns false when there
 * is none.
 */
export function renameFolded(sql: Sql, row: number): boolean {
  const other = sql.get(idRow, 'SELECT call_id FROM known_calls WHERE row = ? LIMIT 1', row);
  if (other === undefined) {
    return false;
  }
  sql.run('DELETE FROM known_calls WHERE call_id = ?', other.call_id);
  sql.run('UPDATE calls SET call_id = ?, count = max(1, count - 1) WHERE row = ?', other.call_id, row);
  return true;
}

/** Keeps the last `limit` calls that have no row of their own. */
export const boundKnown = (sql: Sql, limit: number): number =>
  sql.run('DELETE FROM known_calls WHERE rowid <= (SELECT max(rowid) FROM known_calls) - ?', limit);
