import { z } from 'zod';
import type { RecordedCall } from '#shared/call/recording.ts';
import { callIdSchema, type CallId } from '#shared/identity/ids.ts';
import type { Sql } from '../storage/sqlite.ts';

const recordedRow = z
  .object({ call_id: callIdSchema, started_at: z.int(), seconds: z.int() })
  .transform(({ call_id: callId, started_at: startedAt, seconds }): RecordedCall => ({
    callId,
    startedAt,
    seconds,
  }));

const bodyRow = z.object({ body: z.instanceof(Uint8Array) });

/** Newest first. */
export const recordedCalls = (sql: Sql): readonly RecordedCall[] =>
  sql.all(recordedRow, 'SELECT call_id, started_at, seconds FROM recordings ORDER BY started_at DESC');

export const recordingBody = (sql: Sql, callId: CallId): Uint8Array | undefined =>
  sql.get(bodyRow, 'SELECT body FROM recordings WHERE call_id = ?', callId)?.body;

/** Adds a recording, or replaces the one of the same call, and keeps the newest `limit`. */
export function putRecording(sql: Sql, call: RecordedCall, body: Uint8Array, limit: number): void {
  sql.run(
    'INSERT OR REPLACE INTO recordings (call_id, started_at, seconds, body) VALUES (?, ?, ?, ?)',
    call.callId,
    call.startedAt,
    call.seconds,
    body,
  );
  sql.run(
    `DELETE FROM recordings WHERE call_id NOT IN
       (SELECT call_id FROM recordings ORDER BY started_at DESC LIMIT ?)`,
    limit,
  );
}

export const removeRecording = (sql: Sql, callId: CallId): number =>
  sql.run('DELETE FROM recordings WHERE call_id = ?', callId);

/** A call that was deleted leaves no recording behind. */
export const forgetRecordings = (sql: Sql): number =>
  sql.run('DELETE FROM recordings WHERE call_id NOT IN (SELECT call_id FROM calls)');
