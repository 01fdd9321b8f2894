import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { z } from 'zod';
import { err, ok, type Result } from '#shared/result.ts';

export type Loaded<T> =
  | { readonly state: 'loaded'; readonly value: T }
  | { readonly state: 'missing' }
  /** The file could not be understood; it was moved to `keptAs` (a file name), or left where it is when null. */
  | { readonly state: 'broken'; readonly keptAs: string | null; readonly message: string };

/**
 * One value in one JSON file, only for the owner of the profile (mode 0600). Writing is atomic: a crash
 * leaves the old file or the new one. A file that cannot be understood is kept aside, never overwritten.
 * Writes run one after the other; the caller is told of each one's outcome.
 */
export class JsonFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #now: () => number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly path: string;
    readonly schema: z.ZodType<T>;
    /** Wall clock, milliseconds since the epoch. */
    readonly now: () => number;
  }) {
    this.#path = options.path;
    this.#schema = options.schema;
    this.#now = options.now;
  }

  async load(): Promise<Loaded<T>> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      return errorCode(error) === 'ENOENT' ? { state: 'missing' } : this.#putAside(describe(error));
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // The parser's own message quotes the file, which may hold a password.
      return this.#putAside('not JSON');
    }
    const parsed = this.#schema.safeParse(json);
    return parsed.success
      ? { state: 'loaded', value: parsed.data }
      : this.#putAside(parsed.error.issues.map((issue) => issue.path.join('.')).join(', '));
  }

  /** Replaces the file. The error text names what the system said, for the log. */
  async save(value: T): Promise<Result<null, string>> {
    const write = this.#last.then(async () =>
      writeAtomically(this.#path, `${JSON.stringify(value, null, 2)}\n`),
    );
    this.#last = write;
    return write;
  }

  async #putAside(message: string): Promise<Loaded<T>> {
    const stamp = new Date(this.#now()).toISOString().replace(/[:.]/g, '-');
    const keptAs = `${basename(this.#path)}.broken-${stamp}`;
    try {
      await rename(this.#path, join(dirname(this.#path), keptAs));
      return { state: 'broken', keptAs, message };
    } catch {
      return { state: 'broken', keptAs: null, message };
    }
  }
}

/** Writes beside the target, flushes, renames over it, flushes the folder where the system knows that. */
export async function writeAtomically(path: string, text: string): Promise<Result<null, string>> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return ok(null);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    return err(describe(error));
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') {
    return;
  }
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
