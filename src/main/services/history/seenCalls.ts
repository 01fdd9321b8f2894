import { z } from 'zod';
import { callIdSchema } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CallMark } from '#shared/people/history.ts';
import type { Sql } from '../storage/sqlite.ts';
import { callOf, knownAt } from './callRows.ts';

const markRow = z
  .object({ call_id: callIdSchema, count: z.int() })
  .transform(({ call_id: callId, count }): CallMark => ({ callId, count }));

/** Rows that the person has not looked at, the newest first; of one peer, or all. */
export const unseenMarks = (sql: Sql, limit: number, peer?: PeerId): readonly CallMark[] =>
  sql.all(
    markRow,
    `SELECT call_id, count FROM calls WHERE unseen = 1 ${peer === undefined ? '' : 'AND peer = ?'}
     ORDER BY at DESC, row DESC LIMIT ?`,
    ...(peer === undefined ? [] : [peer]),
    limit,
  );

export const markAllSeen = (sql: Sql, peer?: PeerId): number =>
  peer === undefined
    ? sql.run('UPDATE calls SET unseen = 0 WHERE unseen = 1')
    : sql.run('UPDATE calls SET unseen = 0 WHERE unseen = 1 AND peer = ?', peer);

/** The row of a call: its own, or the one that it is counted in; null: it was deleted; undefined: never heard of it. */
const rowOf = (sql: Sql, { callId }: CallMark): number | null | undefined =>
  callOf(sql, callId)?.row ?? knownAt(sql, callId);

export function markSeen(sql: Sql, mark: CallMark): void {
  const row = rowOf(sql, mark);
  if (typeof row === 'number') {
    sql.run('UPDATE calls SET unseen = 0 WHERE row = ? AND count <= ?', row, mark.count);
  }
}

const countRow = z.object({ count: z.int() });

/** How many calls the row of a call counted when the person looked at it here, or deleted it; 0: neither. */
function callsLookedAt(sql: Sql, mark: CallMark): number {
  const row = rowOf(sql, mark);
  if (row === undefined) {
    return 0;
  }
  const looked =
    row === null
      ? sql.get(countRow, 'SELECT count FROM known_calls WHERE call_id = ?', mark.callId)
      : sql.get(countRow, 'SELECT count FROM calls WHERE row = ? AND unseen = 0', row);
  return looked?.count ?? 0;
}

/**
 * Whether the person looked at all that a mark counts here, or deleted it. A row of fewer calls says nothing: what it
 * lacks came to the other device alone, and a mark that is shown once more is better than a call that nobody saw.
 */
export const wasSeen = (sql: Sql, mark: CallMark): boolean => callsLookedAt(sql, mark) >= mark.count;
