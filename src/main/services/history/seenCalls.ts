import { z } from 'zod';
import { callIdSchema } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CallMark } from '#shared/people/history.ts';
import { flagColumn } from '../storage/columns.ts';
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

const seenRow = z.object({ unseen: flagColumn });

/** Whether the person looked at the call here, or deleted it. */
export function wasSeen(sql: Sql, mark: CallMark): boolean {
  const row = rowOf(sql, mark);
  return (
    row === null ||
    (row !== undefined && sql.get(seenRow, 'SELECT unseen FROM calls WHERE row = ?', row)?.unseen === false)
  );
}
