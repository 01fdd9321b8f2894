import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { err, ok, type Result } from '#shared/result.ts';

/** "Peer" in the header of the file: tells a newer database of ours from damage and from other programs' files. */
const applicationId = 0x50656572;

/** How long a statement waits for another connection, milliseconds; the daily copy is the only other one. */
const busyMs = 1_000;

const common = {
  timeout: busyMs,
  enableForeignKeyConstraints: true,
  enableDoubleQuotedStringLiterals: false,
  defensive: true,
} as const;

/** Opens for reading and writing, and changes nothing yet. */
export function connect(path: string): DatabaseSync {
  const connection = new DatabaseSync(path, common);
  connection.exec('PRAGMA trusted_schema = OFF');
  return connection;
}

/** From here on, what is committed is on the disk, also when the power fails a moment later. */
export function makeDurable(connection: DatabaseSync): void {
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
}

/** Opens a file that cannot be written, or must not be: makes no file beside it and takes no lock. */
export function connectReadOnly(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { ...common, readOnly: true });
}

const versionRow = z.object({ user_version: z.int() });
const applicationRow = z.object({ application_id: z.int() });
const checkRow = z.object({ quick_check: z.string() });

const pragma = <T>(connection: DatabaseSync, row: z.ZodType<T>, name: string): T =>
  row.parse(connection.prepare(`PRAGMA ${name}`).get());

export const schemaVersion = (connection: DatabaseSync): number =>
  pragma(connection, versionRow, 'user_version').user_version;

const isOurs = (connection: DatabaseSync): boolean =>
  pragma(connection, applicationRow, 'application_id').application_id === applicationId;

/** What is wrong with the file, for the log; undefined when nothing is. Throws what SQLite throws on worse damage. */
export function damageOf(connection: DatabaseSync): string | undefined {
  const found = pragma(connection, checkRow, 'quick_check(1)').quick_check;
  return found === 'ok' ? undefined : found;
}

/** Takes the missing steps, each whole or not at all. Throws what SQLite throws; the steps before stay. */
export function migrate(connection: DatabaseSync, migrations: readonly string[]): void {
  for (let version = schemaVersion(connection); version < migrations.length; version++) {
    connection.exec('BEGIN IMMEDIATE');
    try {
      connection.exec(migrations[version] ?? '');
      connection.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version + 1};`);
      connection.exec('COMMIT');
    } catch (error) {
      if (connection.isTransaction) {
        connection.exec('ROLLBACK');
      }
      throw error;
    }
  }
}

const isNewerThan = (connection: DatabaseSync, known: number): boolean =>
  schemaVersion(connection) > known && isOurs(connection);

/** Whether a later version of the app made the file, as far as can be seen without touching it. */
export function isNewer(path: string, known: number): boolean {
  try {
    const connection = connectReadOnly(path);
    try {
      return isNewerThan(connection, known);
    } finally {
      connection.close();
    }
  } catch {
    return false;
  }
}

/** Why an existing file is not to be used. `newer`: a later version of the app made it. */
export type FileProblem = { readonly kind: 'newer' } | { readonly kind: 'damaged'; readonly cause: string };

/**
 * Looks at a file before anything is done with it. The value says whether it is empty. Throws what SQLite
 * throws.
 */
export function inspect(connection: DatabaseSync, knownVersion: number): Result<boolean, FileProblem> {
  if (isNewerThan(connection, knownVersion)) {
    return err({ kind: 'newer' });
  }
  const empty = connection.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!empty && !isOurs(connection)) {
    return err({ kind: 'damaged', cause: 'not a database of this app' });
  }
  const cause = damageOf(connection);
  return cause === undefined ? ok(empty) : err({ kind: 'damaged', cause });
}
