import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A copy of the database, named by the day on which it was made. */
export interface DailyCopy {
  readonly path: string;
  /** YYYY-MM-DD in the person's time zone. */
  readonly day: string;
}

const copyName = /^peerline-(?<day>\d{4}-\d{2}-\d{2})\.db$/;

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** The day as the person's calendar has it. `ms`: milliseconds since the epoch. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

export const copyPath = (folder: string, day: string): string => join(folder, `peerline-${day}.db`);

/** The copies in a folder, newest first; none when it cannot be read. */
export function dailyCopies(folder: string): readonly DailyCopy[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => {
      const day = copyName.exec(name)?.groups?.day;
      return day === undefined ? [] : [{ day, path: join(folder, name) }];
    })
    .sort((a, b) => (a.day < b.day ? 1 : -1));
}

/** Makes the file, for its owner alone, before SQLite would make it readable for others. */
export function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

export function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** SQLite keeps what was written last in two files beside the database; they belong together. */
const companions = ['', '-wal', '-shm'] as const;

/** Moves a database out of the way, whole. Returns its new name, or null when it had to stay. */
export function moveAside(path: string, now: number): string | null {
  const stamp = new Date(now).toISOString().replace(/[:.]/g, '-');
  const keptAs = `${basename(path)}.broken-${stamp}`;
  const target = join(dirname(path), keptAs);
  try {
    for (const suffix of companions) {
      renameIfThere(path + suffix, target + suffix);
    }
    return keptAs;
  } catch {
    return null;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      throw error;
    }
  }
}

/** Puts a copy in the database's place; a crash in between leaves nothing there, or the whole copy. */
export function putBack(copy: string, path: string): void {
  const temporary = `${path}.tmp`;
  rmSync(temporary, { force: true });
  copyFileSync(copy, temporary);
  flush(temporary);
  renameSync(temporary, path);
}

/** Waits until the disk has the file. */
export function flush(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
