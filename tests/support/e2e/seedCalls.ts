import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callIdSchema } from '#shared/identity/ids.ts';
import { peerIdFromDigest } from '#shared/identity/peerId.ts';
import type { CallRecord } from '#shared/people/history.ts';
import { ok } from '#shared/result.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { insertCall } from '../../../src/main/services/history/callRows.ts';
import { profilePaths } from '../../../src/main/services/profilePaths.ts';
import { Database } from '../../../src/main/services/storage/Database.ts';

/** A call that somebody placed, or missed, at a time; milliseconds since the epoch. */
export type SeededCall = Pick<CallRecord, 'at'> & { readonly missed: boolean };

/** The folder of a computer on which these calls were made. Missed calls have been looked at. */
export async function folderWithCalls(calls: readonly SeededCall[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'peerline-calls-'));
  const { database: path, copies } = profilePaths(folder, undefined);
  const { logger } = testLogger();
  const database = new Database({ path, copies, now: () => Date.now(), logger });
  const opened = database.open();
  const written = database.write((sql) => {
    for (const { at, missed } of calls.toSorted((a, b) => a.at - b.at)) {
      const call: CallRecord = {
        callId: callIdSchema.parse(randomBytes(16).toString('base64url')),
        peer: peerIdFromDigest(randomBytes(32)),
        direction: missed ? 'incoming' : 'outgoing',
        video: false,
        at,
        seconds: missed ? 0 : 60,
        end: missed ? 'missed' : 'hungUp',
        device: null,
      };
      insertCall(sql, call, false);
    }
    return ok(null);
  });
  database.close();
  if (!opened.ok || !written.ok) {
    throw new Error('the calls could not be written');
  }
  return folder;
}
