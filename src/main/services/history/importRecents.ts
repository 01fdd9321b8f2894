import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { endReasons } from '#shared/call/endReasons.ts';
import { callIdSchema } from '#shared/identity/ids.ts';
import { peerIdSchema } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { ok } from '#shared/result.ts';
import type { Database } from '../storage/Database.ts';
import { JsonFile } from '../storage/JsonFile.ts';
import { insertCall } from './callRows.ts';

/** Calls as versions before 0.2 kept them, at most thirty. */
const recentsSchema = z
  .array(
    z.object({
      id: peerIdSchema,
      direction: z.enum(['outgoing', 'incoming']),
      video: z.boolean(),
      end: z.enum(endReasons).nullable(),
      at: z.int().nonnegative(),
      seconds: z.int().nonnegative(),
    }),
  )
  .max(1_000)
  .readonly();

const importedRow = z.object({ value: z.literal(1) });

/**
 * Takes the calls over that an older version kept in a file of its own, once. The file goes only when they are
 * safe; one that cannot be read is kept aside.
 */
export async function importRecents(options: {
  readonly path: string;
  readonly database: Database;
  readonly now: () => number;
  readonly logger: Logger;
}): Promise<void> {
  const { path, database, now, logger } = options;
  const loaded = await new JsonFile({ path, schema: recentsSchema, now }).load();
  if (loaded.state === 'broken') {
    logger.warn('calls of an older version not readable', { keptAs: loaded.keptAs });
  }
  if (loaded.state !== 'loaded') {
    return;
  }
  const written = database.write((sql) => {
    if (sql.get(importedRow, `SELECT value FROM facts WHERE name = 'recents_imported'`) === undefined) {
      for (const { id: peer, ...call } of loaded.value) {
        const callId = callIdSchema.parse(randomBytes(16).toString('base64url'));
        insertCall(sql, { ...call, callId, peer, device: null }, false);
      }
      sql.run(`INSERT INTO facts (name, value) VALUES ('recents_imported', 1)`);
    }
    return ok(null);
  });
  if (written.ok) {
    logger.info('calls of an older version taken over', { count: loaded.value.length });
    await rm(path, { force: true });
  }
}
