import { renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { connectReadOnly, damageOf } from './connection.ts';
import { createPrivately, flush } from './databaseFile.ts';

/**
 * Copies a database that may be in use, as it is at this moment, without its free pages. `target` is there only
 * when the copy is whole, sound and on the disk. Throws when it cannot be made.
 */
export function copyDatabase(source: string, target: string): void {
  const temporary = `${target}.tmp`;
  rmSync(temporary, { force: true });
  try {
    vacuumInto(source, temporary);
    flush(temporary);
    const damage = damageIn(temporary);
    if (damage !== undefined) {
      throw new Error(`the copy is damaged: ${damage}`);
    }
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function vacuumInto(source: string, target: string): void {
  // SQLite fills an empty file, and keeps its mode.
  createPrivately(target);
  const connection = new DatabaseSync(source, { readOnly: true, timeout: 1_000 });
  try {
    connection.prepare('VACUUM INTO ?').run(target);
  } finally {
    connection.close();
  }
}

function damageIn(path: string): string | undefined {
  const connection = connectReadOnly(path);
  try {
    return damageOf(connection);
  } finally {
    connection.close();
  }
}
