import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Notice } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { err, fail, ok, type Failure, type Result } from '#shared/result.ts';
import { DatabaseOpener } from './DatabaseOpener.ts';
import { migrations as allMigrations } from './schema.ts';
import { PreparedSql, storageFailure, type Sql, type StorageCode } from './sqlite.ts';

/**
 * The one SQLite file of a profile. `open` first; from then on every read and write is one call with a `Result`.
 * What a write returned as `ok` is on the disk. A damaged file is kept aside and the newest good daily copy takes
 * its place; a file that cannot be written is read, and writes fail with the reason.
 */
export class Database {
  readonly #opener: DatabaseOpener;
  readonly #logger: Logger;
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
    this.#logger = options.logger;
    this.#opener = new DatabaseOpener({ migrations: allMigrations, ...options });
  }

  /**
   * The value is what the person should know. Fails with DATABASE_NEWER, and touches nothing, when a later
   * version of the app made the file.
   */
  open(): Result<readonly Notice[], Failure<'DATABASE_NEWER'>> {
    const opened = this.#opener.open();
    if (!opened.ok) {
      return opened;
    }
    const { connection, unwritable, notice } = opened.value;
    this.#connection = connection;
    this.#unwritable = unwritable;
    this.#sql = new PreparedSql({
      connection,
      onBadRow: (at) => this.#logger.warn('row left out', { at }),
    });
    return ok(notice === undefined ? [] : [notice]);
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
}
