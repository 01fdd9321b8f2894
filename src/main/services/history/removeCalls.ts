import { z } from 'zod';
import type { PeerId } from '#shared/identity/peerId.ts';
import { forgetRecordings } from '../recordings/recordingRows.ts';
import type { Sql } from '../storage/sqlite.ts';

const valueRow = z.object({ value: z.int() });

/** Calls up to this time were deleted; milliseconds since the epoch. */
const removedUntilFact = 'calls_removed_until';

export const removedUntil = (sql: Sql): number =>
  sql.get(valueRow, 'SELECT value FROM facts WHERE name = ?', removedUntilFact)?.value ?? 0;

/** Another device must not bring back what was deleted here. */
export const markRemovedUntil = (sql: Sql, at: number): number =>
  sql.run(
    `INSERT INTO facts (name, value) VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`,
    removedUntilFact,
    at,
  );

/** Deletes one row, and remembers its calls as deleted. Returns whether it was there. */
export function removeRow(sql: Sql, row: number): number {
  return removeWhere(sql, 'SELECT row FROM calls WHERE row = ?', row);
}

/** Deletes at most `limit` rows of a peer. */
export const removeOfPeer = (sql: Sql, peer: PeerId, limit: number): number =>
  removeWhere(sql, 'SELECT row FROM calls WHERE peer = ? ORDER BY at LIMIT ?', peer, limit);

/** Deletes at most `limit` rows older than a time. */
export const removeBefore = (sql: Sql, at: number, limit: number): number =>
  removeWhere(sql, 'SELECT row FROM calls WHERE at < ? ORDER BY at LIMIT ?', at, limit);

/** Without a condition SQLite lets go of the whole table at once. */
export function removeAll(sql: Sql): number {
  sql.run('DELETE FROM known_calls');
  const removed = sql.run('DELETE FROM calls');
  forgetRecordings(sql);
  return removed;
}

function removeWhere(sql: Sql, rows: string, ...values: readonly (string | number)[]): number {
  sql.run(
    `UPDATE known_calls SET count = (SELECT count FROM calls WHERE calls.row = known_calls.row), row = NULL
     WHERE row IN (${rows})`,
    ...values,
  );
  sql.run(
    `INSERT OR REPLACE INTO known_calls (call_id, row, count)
     SELECT call_id, NULL, count FROM calls WHERE row IN (${rows}) ORDER BY at`,
    ...values,
  );
  const removed = sql.run(`DELETE FROM calls WHERE row IN (${rows})`, ...values);
  forgetRecordings(sql);
  return removed;
}
