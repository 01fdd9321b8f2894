import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ok } from '#shared/result.ts';
import { mailboxFailed, type MailboxResult } from './MailboxStore.ts';

interface Job {
  readonly work: () => void;
  readonly fail: (error: unknown) => void;
  readonly settle: () => void;
}

/** The open file of a mailbox: prepares each statement once, and writes in as few transactions as possible. */
export class MailboxDatabase {
  readonly #open: () => DatabaseSync;
  readonly #undone: () => void;
  readonly #prepared = new Map<string, StatementSync>();
  #database: DatabaseSync | undefined;
  #jobs: Job[] = [];
  /** The last transaction failed. */
  #failed = false;

  constructor(options: {
    /** Throws what keeps the file from being opened. */
    readonly open: () => DatabaseSync;
    /**
     * A transaction failed, and another has begun: what is remembered besides the file speaks of what is not there.
     * What it throws fails this one as well, and it is called again in the next.
     */
    readonly undone: () => void;
  }) {
    this.#open = options.open;
    this.#undone = options.undone;
  }

  /** Once it is open, again changes nothing. Throws like the `open` that it was given. */
  open(): void {
    this.#database ??= this.#open();
  }

  /** Throws while the file is not open. */
  statement(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) {
      return known;
    }
    const statement = this.#opened().prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }

  /** Works at once, outside of transactions; what is thrown is a failure. */
  async read<T>(work: () => T): Promise<MailboxResult<T>> {
    return new Promise((resolve) => {
      try {
        resolve(ok(work()));
      } catch (error) {
        resolve(mailboxFailed(error));
      }
    });
  }

  /**
   * Everything that is asked for in one turn of the event loop is one transaction: a disk takes milliseconds to
   * be sure, and a flood of notices must not hold up the calls of others once for each.
   */
  async write<T>(work: () => T): Promise<MailboxResult<T>> {
    return new Promise((resolve) => {
      let result: MailboxResult<T>;
      const job = {
        work: () => {
          result = ok(work());
        },
        fail: (error: unknown) => resolve(mailboxFailed(error)),
        settle: () => resolve(result),
      };
      if (this.#jobs.push(job) === 1) {
        setImmediate(() => this.#commit());
      }
    });
  }

  /** Writes what was asked for. Idempotent. */
  close(): void {
    this.#commit();
    this.#prepared.clear();
    this.#database?.close();
    this.#database = undefined;
  }

  #commit(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    if (jobs.length === 0) {
      return;
    }
    try {
      this.#transaction(() => jobs.forEach((job) => job.work()));
    } catch (error) {
      jobs.forEach((job) => job.fail(error));
      return;
    }
    jobs.forEach((job) => job.settle());
  }

  #transaction(work: () => void): void {
    const database = this.#opened();
    database.exec('BEGIN IMMEDIATE');
    try {
      if (this.#failed) {
        this.#undone();
        this.#failed = false;
      }
      work();
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) {
        database.exec('ROLLBACK');
      }
      this.#failed = true;
      throw error;
    }
  }

  #opened(): DatabaseSync {
    if (this.#database === undefined) {
      throw new Error('the mailbox is closed');
    }
    return this.#database;
  }
}
