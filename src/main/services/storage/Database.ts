import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Notice } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { err, fail, ok, type Failure, type Result } from '#shared/result.ts';
import {
  connect,
  connectReadOnly,
  inspect,
  isNewer,
  makeDurable,
  migrate,
  schemaVersion,
} from './connection.ts';
import { createPrivately, dailyCopies, isReadable, moveAside, putBack } from './databaseFile.ts';
import { errorCode } from './JsonFile.ts';
import { migrations as allMigrations } from './schema.ts';
import { isDamage, PreparedSql, storageFailure, type Sql, type StorageCode } from './sqlite.ts';

type Opened =
  | { readonly state: 'open'; readonly connection: DatabaseSync }
  | { readonly state: 'newer' }
  | { readonly state: 'damaged'; readonly cause: string }
  /** There is nothing wrong with the file, but it cannot be used now. */
  | { readonly state: 'unusable'; readonly failure: Failure<StorageCode> };

/**
 * The one SQLite file of a profile. `open` first; from then on every read and write is one call with a `Result`.
 * What a write returned as `ok` is on the disk. A damaged file is kept aside and the newest good daily copy takes
 * its place; a file that cannot be written is read, and writes fail with the reason.
 */
export class Database {
  readonly #path: string;
  readonly #copies: string;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #migrations: readonly string[];
  #connection: DatabaseSync | undefined;
  #sql: Sql | undefined;
  #unwritable: Failure<StorageCode> | undefined;

  constructor(options: {
    readonly path: string;
    /** Folder of the daily copies. */
    readonly copies: string;
    /** Wall clock, milliseconds since the epoch. */
    readonly now: () => number;
    readonly logger: Logger;
    readonly migrations?: readonly string[];
  }) {
    this.#path = options.path;
    this.#copies = options.copies;
    this.#now = options.now;
    this.#logger = options.logger;
    this.#migrations = options.migrations ?? allMigrations;
  }

  /**
   * The value is what the person should know. Fails with DATABASE_NEWER, and touches nothing, when a later
   * version of the app made the file.
   */
  open(): Result<readonly Notice[], Failure<'DATABASE_NEWER'>> {
    const opened = this.#openFile();
    switch (opened.state) {
      case 'open':
        this.#use(opened.connection);
        return ok([]);
      case 'newer':
        return fail('DATABASE_NEWER', 'a later version of the app made the file');
      case 'damaged':
        return ok([this.#replace(opened.cause)]);
      case 'unusable':
        return ok([this.#goWithout(opened.failure)]);
    }
  }

  /** Fails with STORAGE_FAILED, and STORAGE_FULL or STORAGE_READ_ONLY in the rare case that reading has to write. */
  read<T>(task: (sql: Sql) => T): Result<T> {
    if (this.#sql === undefined) {
      return fail('STORAGE_FAILED', 'not open');
    }
    try {
      return ok(task(this.#sql));
    } catch (error) {
      return this.#failed(error);
    }
  }

  /**
   * Runs `task` in one transaction: all of it is on the disk when the result is `ok`, and none of it when the task
   * gives an error or SQLite does. Fails with STORAGE_FULL, STORAGE_READ_ONLY or STORAGE_FAILED.
   */
  write<T>(task: (sql: Sql) => Result<T>): Result<T> {
    const connection = this.#connection;
    if (connection === undefined || this.#sql === undefined) {
      return fail('STORAGE_FAILED', 'not open');
    }
    if (this.#unwritable !== undefined) {
      return err(this.#unwritable);
    }
    try {
      connection.exec('BEGIN IMMEDIATE');
      const result = task(this.#sql);
      connection.exec(result.ok ? 'COMMIT' : 'ROLLBACK');
      return result;
    } catch (error) {
      if (connection.isTransaction) {
        connection.exec('ROLLBACK');
      }
      return this.#failed(error);
    }
  }

  /** Whether nothing is in it that a person would miss. */
  get empty(): boolean {
    const found = this.read((sql) =>
      sql.get(
        z.unknown(),
        'SELECT 1 FROM contacts UNION ALL SELECT 1 FROM calls UNION ALL SELECT 1 FROM blocked LIMIT 1',
      ),
    );
    return !found.ok || found.value === undefined;
  }

  /** Whether there is a file that a copy could be made of. */
  get writable(): boolean {
    return this.#connection !== undefined && this.#unwritable === undefined;
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#sql = undefined;
    connection?.close();
  }

  #failed(error: unknown): Result<never> {
    const failure = storageFailure(error);
    if (failure === undefined) {
      throw error;
    }
    this.#logger.error('database failed', { code: failure.code, cause: failure.message });
    return err(failure);
  }

  #use(connection: DatabaseSync): void {
    this.#connection = connection;
    this.#sql = new PreparedSql({
      connection,
      onBadRow: (at) => this.#logger.warn('row left out', { at }),
    });
  }

  #openFile(): Opened {
    const existed = existsSync(this.#path);
    const prepared = this.#prepareFile();
    if (prepared !== undefined) {
      return prepared;
    }
    let connection: DatabaseSync | undefined;
    try {
      connection = connect(this.#path);
      const empty = inspect(connection, this.#migrations.length);
      if (!empty.ok) {
        connection.close();
        return empty.error.kind === 'newer'
          ? { state: 'newer' }
          : { state: 'damaged', cause: empty.error.cause };
      }
      if (existed && empty.value && dailyCopies(this.#copies).length > 0) {
        // There was something in it once: a crash of the file system can leave a file without content.
        connection.close();
        return { state: 'damaged', cause: 'empty' };
      }
      makeDurable(connection);
      migrate(connection, this.#migrations);
      return { state: 'open', connection };
    } catch (error) {
      connection?.close();
      return this.#whyNot(error);
    }
  }

  /** Looks at the file, and makes it, before SQLite touches it. */
  #prepareFile(): Opened | undefined {
    try {
      createPrivately(this.#path);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EISDIR' || (existsSync(this.#path) && !isReadable(this.#path))) {
        return { state: 'damaged', cause: code ?? 'unreadable' };
      }
      return { state: 'unusable', failure: fileFailure(code) };
    }
    // Before the first write, so that nothing of it is touched.
    return isNewer(this.#path, this.#migrations.length) ? { state: 'newer' } : undefined;
  }

  #whyNot(error: unknown): Opened {
    if (isDamage(error)) {
      return { state: 'damaged', cause: error instanceof Error ? error.message : String(error) };
    }
    const failure = storageFailure(error);
    if (failure === undefined) {
      throw error;
    }
    return { state: 'unusable', failure };
  }

  /** Puts the newest good copy, or a new file, in the place of a damaged one. */
  #replace(cause: string): Notice {
    const keptAs = moveAside(this.#path, this.#now());
    this.#logger.error('database damaged', { cause, keptAs });
    if (keptAs === null) {
      return this.#goWithout({ code: 'STORAGE_FAILED', message: 'the damaged file could not be moved' });
    }
    for (const copy of dailyCopies(this.#copies)) {
      if (this.#isGood(copy.path) && this.#restore(copy.path)) {
        this.#logger.warn('database restored', { day: copy.day });
        return { code: 'STORAGE_RESTORED', detail: copy.day };
      }
    }
    const opened = this.#openFile();
    if (opened.state !== 'open') {
      return this.#goWithout(
        opened.state === 'unusable'
          ? opened.failure
          : { code: 'STORAGE_FAILED', message: 'a new file could not be made' },
      );
    }
    this.#use(opened.connection);
    return { code: 'STORAGE_BROKEN', detail: keptAs };
  }

  #isGood(path: string): boolean {
    try {
      const connection = connectReadOnly(path);
      try {
        const empty = inspect(connection, this.#migrations.length);
        return empty.ok && !empty.value;
      } finally {
        connection.close();
      }
    } catch {
      return false;
    }
  }

  #restore(copy: string): boolean {
    try {
      putBack(copy, this.#path);
    } catch (error) {
      this.#logger.error('copy not put back', { cause: errorCode(error) ?? 'unknown' });
      return false;
    }
    const opened = this.#openFile();
    if (opened.state === 'open') {
      this.#use(opened.connection);
      return true;
    }
    return false;
  }

  /** The app goes on with what can be read, or with nothing; no write is possible until the next start. */
  #goWithout(failure: Failure<StorageCode>): Notice {
    this.#logger.error('database not usable', { code: failure.code, cause: failure.message });
    this.#unwritable = failure;
    this.#use(this.#readable() ?? emptyDatabase(this.#migrations));
    return { code: failure.code };
  }

  #readable(): DatabaseSync | undefined {
    try {
      const connection = connectReadOnly(this.#path);
      if (schemaVersion(connection) === this.#migrations.length) {
        return connection;
      }
      connection.close();
    } catch {
      // No file, or none that can be read.
    }
    return undefined;
  }
}

function emptyDatabase(migrations: readonly string[]): DatabaseSync {
  const connection = connect(':memory:');
  migrate(connection, migrations);
  return connection;
}

function fileFailure(code: string | undefined): Failure<StorageCode> {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return { code: 'STORAGE_READ_ONLY', message: code };
    case 'ENOSPC':
    case 'EDQUOT':
      return { code: 'STORAGE_FULL', message: code };
    default:
      return { code: 'STORAGE_FAILED', message: code ?? 'unknown' };
  }
}
