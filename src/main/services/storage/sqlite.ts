import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { z } from 'zod';
import type { Failure } from '#shared/result.ts';

export type StorageCode = 'STORAGE_FULL' | 'STORAGE_READ_ONLY' | 'STORAGE_FAILED';

/** What reads and writes inside of `Database.read` and `Database.write`. */
export interface Sql {
  /** Rows that fit `row`; one that does not is left out and logged, so that it hides no other. */
  all<T>(row: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): readonly T[];
  get<T>(row: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): T | undefined;
  /** Returns how many rows it changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
}

/** Runs SQL on a connection and keeps every statement prepared. */
export class PreparedSql implements Sql {
  readonly #connection: DatabaseSync;
  readonly #onBadRow: (at: string) => void;
  readonly #statements = new Map<string, StatementSync>();

  constructor(options: {
    readonly connection: DatabaseSync;
    /** `at`: the fields that do not fit, never their values. */
    readonly onBadRow: (at: string) => void;
  }) {
    this.#connection = options.connection;
    this.#onBadRow = options.onBadRow;
  }

  all<T>(row: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): readonly T[] {
    const rows: T[] = [];
    for (const raw of this.#prepared(sql).all(...values)) {
      const parsed = this.#parse(row, raw);
      if (parsed !== undefined) {
        rows.push(parsed);
      }
    }
    return rows;
  }

  get<T>(row: z.ZodType<T>, sql: string, ...values: readonly SQLInputValue[]): T | undefined {
    const raw = this.#prepared(sql).get(...values);
    return raw === undefined ? undefined : this.#parse(row, raw);
  }

  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #parse<T>(row: z.ZodType<T>, raw: Record<string, SQLOutputValue>): T | undefined {
    const parsed = row.safeParse(raw);
    if (parsed.success) {
      return parsed.data;
    }
    this.#onBadRow(parsed.error.issues.map((issue) => issue.path.join('.')).join(', '));
    return undefined;
  }
}

/** Primary result codes of SQLite (sqlite.org/rescode.html) that are no fault of ours. */
const primary = {
  perm: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  noLargeFiles: 22,
  notADatabase: 26,
} as const;

/** The extended result code; it carries the primary one in its lowest byte. */
function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;
}

/** SQLITE_IOERR_SHMSIZE: no room for the file that readers and writers share. */
const noRoomToShare = primary.io | (19 << 8);

/** What SQLite could not do; undefined when the error is a mistake in the program. */
export function storageFailure(error: unknown): Failure<StorageCode> | undefined {
  const code = (resultCode(error) ?? 0) & 0xff;
  const known: readonly number[] = Object.values(primary);
  if (!known.includes(code)) {
    return undefined;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (resultCode(error) === noRoomToShare) {
    return { code: 'STORAGE_FULL', message };
  }
  switch (code) {
    case primary.full:
      return { code: 'STORAGE_FULL', message };
    case primary.readOnly:
    case primary.perm:
      return { code: 'STORAGE_READ_ONLY', message };
    default:
      return { code: 'STORAGE_FAILED', message };
  }
}

/**
 * What says that the file itself cannot be used: malformed, no database, or unreadable (the extended codes for a
 * failed read, a short one, a wrong checksum and a broken file system). Other failures of input and output, a full
 * disk for one, are no reason to take another file.
 */
const damage: readonly number[] = [primary.corrupt, primary.notADatabase];
const unreadable: readonly number[] = [1, 2, 32, 33].map((detail) => primary.io | (detail << 8));

/** Whether another file in its place would help. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code !== undefined && (damage.includes(code & 0xff) || unreadable.includes(code));
}
