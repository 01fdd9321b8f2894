import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Notice } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { fail, ok, type Failure, type Result } from '#shared/result.ts';
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
import { isDamage, storageFailure, type StorageCode } from './sqlite.ts';

/** What there is to work with, and what the person should know about it. */
export interface OpenDatabase {
  readonly connection: DatabaseSync;
  /** Why nothing can be written until the next start. */
  readonly unwritable?: Failure<StorageCode>;
  readonly notice?: Notice;
}

type Opened =
  | { readonly state: 'open'; readonly connection: DatabaseSync }
  | { readonly state: 'newer' }
  | { readonly state: 'damaged'; readonly cause: string }
  /** There is nothing wrong with the file, but it cannot be used now. */
  | { readonly state: 'unusable'; readonly failure: Failure<StorageCode> };

/**
 * Opens the file of a profile, and finds something to go on with when it cannot be used: the newest good daily copy
 * for a damaged one, what can be read of one that cannot be written.
 */
export class DatabaseOpener {
  readonly #path: string;
  readonly #copies: string;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #migrations: readonly string[];

  constructor(options: {
    readonly path: string;
    /** Folder of the daily copies. */
    readonly copies: string;
    /** Wall clock, milliseconds since the epoch. */
    readonly now: () => number;
    readonly logger: Logger;
    readonly migrations: readonly string[];
  }) {
    this.#path = options.path;
    this.#copies = options.copies;
    this.#now = options.now;
    this.#logger = options.logger;
    this.#migrations = options.migrations;
  }

  /** Fails with DATABASE_NEWER, and touches nothing, when a later version of the app made the file. */
  open(): Result<OpenDatabase, Failure<'DATABASE_NEWER'>> {
    const opened = this.#openFile();
    switch (opened.state) {
      case 'open':
        return ok({ connection: opened.connection });
      case 'newer':
        return fail('DATABASE_NEWER', 'a later version of the app made the file');
      case 'damaged':
        return ok(this.#replace(opened.cause));
      case 'unusable':
        return ok(this.#goWithout(opened.failure));
    }
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
  #replace(cause: string): OpenDatabase {
    const keptAs = moveAside(this.#path, this.#now());
    this.#logger.error('database damaged', { cause, keptAs });
    if (keptAs === null) {
      return this.#goWithout({ code: 'STORAGE_FAILED', message: 'the damaged file could not be moved' });
    }
    for (const copy of dailyCopies(this.#copies)) {
      const connection = this.#isGood(copy.path) ? this.#restore(copy.path) : undefined;
      if (connection !== undefined) {
        this.#logger.warn('database restored', { day: copy.day });
        return { connection, notice: { code: 'STORAGE_RESTORED', detail: copy.day } };
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
    return { connection: opened.connection, notice: { code: 'STORAGE_BROKEN', detail: keptAs } };
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

  #restore(copy: string): DatabaseSync | undefined {
    try {
      putBack(copy, this.#path);
    } catch (error) {
      this.#logger.error('copy not put back', { cause: errorCode(error) ?? 'unknown' });
      return undefined;
    }
    const opened = this.#openFile();
    return opened.state === 'open' ? opened.connection : undefined;
  }

  /** The app goes on with what can be read, or with nothing; no write is possible until the next start. */
  #goWithout(failure: Failure<StorageCode>): OpenDatabase {
    this.#logger.error('database not usable', { code: failure.code, cause: failure.message });
    const connection = this.#readable() ?? emptyDatabase(this.#migrations);
    return { connection, unwritable: failure, notice: { code: failure.code } };
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
