import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { ok } from '#shared/result.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { Database } from './Database.ts';

const nobody = 65_534;

/** Root may write everywhere; somebody else may not. */
function asAnybody<T>(task: () => T): T {
  if (process.getuid?.() !== 0) {
    return task();
  }
  process.seteuid?.(nobody);
  try {
    return task();
  } finally {
    process.seteuid?.(0);
  }
}

afterEach(() => {
  if (process.getuid?.() === 0) {
    process.seteuid?.(0);
  }
});

function make(folder: string): Database {
  const database = new Database({
    path: join(folder, 'peerline.db'),
    copies: join(folder, 'backups'),
    now: () => 0,
    logger: testLogger().logger,
  });
  onTestFinished(() => database.close());
  return database;
}

const add = (database: Database, id: string) =>
  database.write((sql) => {
    sql.run('INSERT INTO blocked (id, at) VALUES (?, 0)', id);
    return ok(null);
  });

const idRow = z.object({ id: z.string() });

const ids = (database: Database) =>
  database.read((sql) => sql.all(idRow, 'SELECT id FROM blocked').map(({ id }) => id));

describe.skipIf(process.platform === 'win32')('a folder that cannot be written', () => {
  async function readOnlyProfile() {
    const folder = await tempFolder();
    const database = make(folder);
    database.open();
    add(database, 'before');
    database.close();
    await chmod(join(folder, 'peerline.db'), 0o444);
    await chmod(folder, 0o555);
    onTestFinished(async () => chmod(folder, 0o700));
    return folder;
  }

  it('is read all the same, and a write says why it fails', async () => {
    const folder = await readOnlyProfile();
    asAnybody(() => {
      const database = make(folder);
      expect(database.open()).toEqual({ ok: true, value: [{ code: 'STORAGE_READ_ONLY' }] });
      expect(ids(database)).toEqual({ ok: true, value: ['before'] });
      expect(add(database, 'after')).toMatchObject({ ok: false, error: { code: 'STORAGE_READ_ONLY' } });
      expect(database.writable).toBe(false);
      database.close();
    });
  });

  it('without a database is an empty one that keeps nothing', async () => {
    const folder = await tempFolder();
    await chmod(folder, 0o555);
    onTestFinished(async () => chmod(folder, 0o700));
    asAnybody(() => {
      const database = make(folder);
      expect(database.open()).toEqual({ ok: true, value: [{ code: 'STORAGE_READ_ONLY' }] });
      expect(ids(database)).toEqual({ ok: true, value: [] });
      expect(add(database, 'after')).toMatchObject({ error: { code: 'STORAGE_READ_ONLY' } });
      database.close();
    });
  });

  it('keeps a damaged file where it is', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'peerline.db');
    await writeFile(path, 'hello'.repeat(1_000));
    await chmod(path, 0o666);
    await chmod(folder, 0o555);
    onTestFinished(async () => chmod(folder, 0o700));
    asAnybody(() => {
      const database = make(folder);
      expect(database.open()).toEqual({ ok: true, value: [{ code: 'STORAGE_FAILED' }] });
      expect(ids(database)).toEqual({ ok: true, value: [] });
      database.close();
    });
    expect(await readFile(path, 'utf8')).toBe('hello'.repeat(1_000));
  });
});

describe('a full disk', () => {
  it('fails a write with the reason, keeps what was there, and takes the next one when there is room', async () => {
    const database = make(await tempFolder());
    database.open();
    add(database, 'before');
    const limit = (pages: number) =>
      database.read((sql) => sql.get(z.unknown(), `PRAGMA max_page_count = ${pages}`));
    limit(1);
    const long = 'x'.repeat(1_000_000);
    expect(add(database, long)).toMatchObject({ ok: false, error: { code: 'STORAGE_FULL' } });
    expect(ids(database)).toEqual({ ok: true, value: ['before'] });
    limit(1_000_000);
    expect(add(database, long)).toEqual({ ok: true, value: null });
  });
});

it('a database that was closed answers with a failure, not with an exception', async () => {
  const database = make(await tempFolder());
  database.open();
  database.close();
  database.close();
  expect(ids(database)).toMatchObject({ error: { code: 'STORAGE_FAILED' } });
  expect(add(database, 'late')).toMatchObject({ error: { code: 'STORAGE_FAILED' } });
});

it('a row that does not fit hides no other', async () => {
  const database = make(await tempFolder());
  database.open();
  add(database, 'short');
  add(database, 'long enough');
  const strict = z.object({ id: z.string().min(6) });
  expect(database.read((sql) => sql.all(strict, 'SELECT id FROM blocked'))).toEqual({
    ok: true,
    value: [{ id: 'long enough' }],
  });
});
