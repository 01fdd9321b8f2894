import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Logger } from '#shared/logging.ts';

const fileName = 'mailbox.db';

/** "PeMb" in the header: tells a mailbox of a later version from damage and from other programs' files. */
const applicationId = 0x50654d62;
const version = 2;

const schema = `
CREATE TABLE notices (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  mail TEXT NOT NULL UNIQUE,
  recipient TEXT NOT NULL,
  sender TEXT NOT NULL,
  device TEXT NOT NULL,
  box TEXT NOT NULL,
  key TEXT,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  named INTEGER NOT NULL CHECK (named IN (0, 1))
) STRICT;
CREATE INDEX notices_recipient ON notices (recipient, seq);
CREATE INDEX notices_sender ON notices (sender, seq);
CREATE INDEX notices_named ON notices (named, seq);
CREATE INDEX notices_expires ON notices (expires);
CREATE TABLE signed_out (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  device TEXT NOT NULL,
  UNIQUE (id, device)
) STRICT;
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${version};
`;

/** Version 1 did not keep the keys of senders. */
const sinceVersion1 = `
ALTER TABLE notices ADD COLUMN key TEXT;
PRAGMA user_version = ${version};
`;

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html), in the lowest byte of an extended code. */
const damageCodes = [11, 26];

const header = z.object({ application_id: z.int(), user_version: z.int(), tables: z.int() });
const check = z.object({ quick_check: z.string() });

class Damage extends Error {}

const isDamage = (error: unknown): boolean =>
  error instanceof Damage ||
  (error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    damageCodes.includes(error.errcode & 0xff));

/**
 * Opens the mailbox of a data folder, which is made if need be, for this process alone; throws what keeps it from
 * that. A damaged file is set aside: the notices in it are lost, but the server runs.
 */
export function openMailboxFile(folder: string, options: { now: number; log: Logger }): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, fileName);
  try {
    return open(path);
  } catch (error) {
    if (!isDamage(error)) {
      throw error;
    }
    const aside = join(folder, `mailbox-damaged-${options.now}.db`);
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) {
        renameSync(path + suffix, aside + suffix);
      }
    }
    options.log.warn('mailbox damaged; set aside and begun anew', {
      cause: error instanceof Error ? error.message : 'unknown',
    });
    return open(path);
  }
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { enableDoubleQuotedStringLiterals: false, defensive: true });
  try {
    chmodSync(path, 0o600);
    // Exclusive: two servers that share a folder would give a notice to two devices. What was delivered is wiped.
    database.exec(`
      PRAGMA trusted_schema = OFF;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      BEGIN IMMEDIATE;
      COMMIT;
    `);
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: DatabaseSync): void {
  const found = header.parse(
    database
      .prepare(
        `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) AS tables
        FROM pragma_application_id, pragma_user_version`,
      )
      .get(),
  );
  if (found.tables === 0) {
    database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    return;
  }
  if (found.application_id !== applicationId) {
    throw new Damage('not a mailbox');
  }
  if (found.user_version > version) {
    throw new Error('the mailbox was made by a later version of the server');
  }
  const { quick_check: result } = check.parse(database.prepare('PRAGMA quick_check(1)').get());
  if (result !== 'ok') {
    throw new Damage(result);
  }
  if (found.user_version < version) {
    database.exec(`BEGIN IMMEDIATE; ${sinceVersion1} COMMIT;`);
  }
}
