import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { ok } from '#shared/result.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { Database } from './Database.ts';
import { migrations } from './schema.ts';

const now = () => Date.UTC(2026, 0, 2, 3, 4, 5);
const device = z.object({ device_id: z.string() });

async function makeProfile() {
  const folder = await tempFolder();
  const path = join(folder, 'peerline.db');
  const copies = join(folder, 'backups');
  const make = (steps?: readonly string[]) => {
    const database = new Database({
      path,
      copies,
      now,
      logger: testLogger().logger,
      ...(steps === undefined ? {} : { migrations: steps }),
    });
    onTestFinished(() => database.close());
    return database;
  };
  /** Copies what is there as the daily copy does. */
  const copy = async (day: string) => {
    await mkdir(copies, { recursive: true });
    const connection = new DatabaseSync(path);
    connection.prepare('VACUUM INTO ?').run(join(copies, `peerline-${day}.db`));
    connection.close();
  };
  return { folder, path, copies, make, copy };
}

const add = (database: Database, id: string) =>
  database.write((sql) => {
    sql.run(
      'INSERT INTO own_devices (device_id, name, platform, last_seen) VALUES (?, ?, ?, ?)',
      id,
      'second-device',
      'linux',
      1,
    );
    return ok(null);
  });

const ids = (database: Database) =>
  database.read((sql) =>
    sql.all(device, 'SELECT device_id FROM own_devices ORDER BY 1').map((row) => row.device_id),
  );

/** Enough rows for many pages, then closed. */
function fill(make: () => Database): void {
  const database = make();
  database.open();
  database.write((sql) => {
    for (let index = 0; index < 500; index++) {
      sql.run(
        'INSERT INTO own_devices (device_id, name, platform, last_seen) VALUES (?, ?, ?, ?)',
        `d${index}`,
        'x'.repeat(200),
        'linux',
        1,
      );
    }
    return ok(null);
  });
  database.close();
}

describe('Database', () => {
  it('keeps what was written over a restart', async () => {
    const { make } = await makeProfile();
    const first = make();
    expect(first.open()).toEqual({ ok: true, value: [] });
    expect(add(first, 'a')).toEqual({ ok: true, value: null });
    first.close();
    const next = make();
    next.open();
    expect(ids(next)).toEqual({ ok: true, value: ['a'] });
  });

  it('writes through to the disk, in a log beside the file, with foreign keys', async () => {
    const { make } = await makeProfile();
    const database = make();
    database.open();
    const setting = (name: string) =>
      database.read((sql) => sql.get(z.record(z.string(), z.unknown()), `PRAGMA ${name}`));
    expect(setting('journal_mode')).toMatchObject({ value: { journal_mode: 'wal' } });
    expect(setting('synchronous')).toMatchObject({ value: { synchronous: 2 } });
    expect(setting('foreign_keys')).toMatchObject({ value: { foreign_keys: 1 } });
  });

  it.skipIf(process.platform === 'win32')('lets nobody but the owner read', async () => {
    const { folder, make } = await makeProfile();
    const database = make();
    database.open();
    add(database, 'a');
    for (const name of await readdir(folder)) {
      expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
    }
  });

  it('undoes all of a write that gives an error in the middle', async () => {
    const { make } = await makeProfile();
    const database = make();
    database.open();
    add(database, 'a');
    const failed = database.write((sql) => {
      sql.run('DELETE FROM own_devices');
      return { ok: false, error: { code: 'CONTACT_LIMIT', message: '' } };
    });
    expect(failed).toMatchObject({ ok: false, error: { code: 'CONTACT_LIMIT' } });
    expect(ids(database)).toEqual({ ok: true, value: ['a'] });
  });

  it('undoes all of a write that throws, and throws on: that is a mistake in the program', async () => {
    const { make } = await makeProfile();
    const database = make();
    database.open();
    add(database, 'a');
    const wrong = () =>
      database.write((sql) => {
        sql.run('DELETE FROM own_devices');
        sql.run('INSERT INTO nowhere VALUES (1)');
        return ok(null);
      });
    expect(wrong).toThrow('no such table');
    expect(ids(database)).toEqual({ ok: true, value: ['a'] });
    expect(add(database, 'b')).toMatchObject({ ok: true });
  });

  it('takes the missing steps only', async () => {
    const { make } = await makeProfile();
    const first = make();
    first.open();
    add(first, 'a');
    first.close();
    const next = make([...migrations, 'ALTER TABLE own_devices ADD COLUMN colour TEXT']);
    expect(next.open()).toMatchObject({ ok: true, value: [] });
    expect(
      next.read((sql) => sql.get(z.object({ colour: z.null() }), 'SELECT colour FROM own_devices')),
    ).toEqual({ ok: true, value: { colour: null } });
  });

  it('takes a step as a whole or not at all', async () => {
    const { path, make } = await makeProfile();
    const first = make();
    first.open();
    add(first, 'a');
    first.close();
    const next = make([...migrations, 'DELETE FROM own_devices; CREATE TABLE calls (x TEXT) STRICT;']);
    expect(() => next.open()).toThrow('already exists');
    const connection = new DatabaseSync(path);
    expect(connection.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length });
    connection.close();
    const again = make();
    again.open();
    expect(ids(again)).toEqual({ ok: true, value: ['a'] });
  });

  it('refuses the file of a later version and leaves every byte of it', async () => {
    const { folder, path, make } = await makeProfile();
    const later = make([...migrations, 'CREATE TABLE later (x TEXT) STRICT']);
    later.open();
    later.close();
    const before = await readFile(path);
    expect(make().open()).toMatchObject({ ok: false, error: { code: 'DATABASE_NEWER' } });
    expect(await readdir(folder)).toEqual(['peerline.db']);
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it('refuses the file of a later version that was killed before it tidied up', async () => {
    const { path, make } = await makeProfile();
    const later = make([...migrations, 'CREATE TABLE later (x TEXT) STRICT']);
    later.open();
    expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0);
    expect(make().open()).toMatchObject({ ok: false, error: { code: 'DATABASE_NEWER' } });
    expect(later.read((sql) => sql.all(z.unknown(), 'SELECT * FROM later'))).toMatchObject({ ok: true });
  });
});

const garbage = async (path: string, from: number): Promise<void> => {
  const bytes = await readFile(path);
  bytes.fill(0xa5, from, from + 8_192);
  await writeFile(path, bytes);
};

const kinds: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ['cut off', async (path) => truncate(path, 10_000)],
  ['with garbage at its beginning', async (path) => garbage(path, 0)],
  ['with garbage behind a good header', async (path) => garbage(path, 100)],
  ['with garbage in its middle', async (path) => garbage(path, 40_960)],
  ['that is text', async (path) => writeFile(path, 'hello'.repeat(1_000))],
  ['of another program', async (path) => writeFile(path, await foreignDatabase())],
  ['without any bytes', async (path) => truncate(path, 0)],
];

async function foreignDatabase(): Promise<Buffer> {
  const path = join(await tempFolder(), 'other.db');
  const connection = new DatabaseSync(path);
  connection.exec('CREATE TABLE other (x TEXT)');
  connection.close();
  return readFile(path);
}

describe('a damaged database', () => {
  it.each(kinds)('%s gives way to the newest copy and is kept', async (_name, damage) => {
    const { folder, path, make, copy } = await makeProfile();
    const first = make();
    first.open();
    add(first, 'old');
    first.close();
    await copy('2025-12-30');
    fill(make);
    await copy('2026-01-01');
    await damage(path);
    const damaged = await readFile(path);
    const database = make();
    expect(database.open()).toEqual({
      ok: true,
      value: [{ code: 'STORAGE_RESTORED', detail: '2026-01-01' }],
    });
    expect(ids(database)).toMatchObject({
      ok: true,
      value: expect.arrayContaining(['old', 'd499']) as unknown,
    });
    expect(add(database, 'new')).toMatchObject({ ok: true });
    const kept = join(folder, 'peerline.db.broken-2026-01-02T03-04-05-000Z');
    expect((await readFile(kept)).equals(damaged)).toBe(true);
  });

  it('passes over a copy that is damaged too', async () => {
    const { path, copies, make, copy } = await makeProfile();
    fill(make);
    await copy('2025-12-31');
    await copy('2026-01-01');
    await garbage(join(copies, 'peerline-2026-01-01.db'), 40_960);
    await truncate(path, 10_000);
    expect(make().open()).toEqual({
      ok: true,
      value: [{ code: 'STORAGE_RESTORED', detail: '2025-12-31' }],
    });
  });

  it('gives way to an empty one when there is no copy, and says under which name it is kept', async () => {
    const { folder, path, make } = await makeProfile();
    fill(make);
    await truncate(path, 10_000);
    const database = make();
    const keptAs = 'peerline.db.broken-2026-01-02T03-04-05-000Z';
    expect(database.open()).toEqual({ ok: true, value: [{ code: 'STORAGE_BROKEN', detail: keptAs }] });
    expect(await readdir(folder)).toContain(keptAs);
    expect(add(database, 'new')).toMatchObject({ ok: true });
  });

  it('leaves nothing of its write-ahead log to the copy', async () => {
    const { path, make, copy } = await makeProfile();
    fill(make);
    await copy('2026-01-01');
    const killed = make();
    killed.open();
    add(killed, 'written after the copy');
    const log = await readFile(`${path}-wal`);
    killed.close();
    await garbage(path, 40_960);
    await writeFile(`${path}-wal`, log);
    const database = make();
    expect(database.open()).toMatchObject({ value: [{ code: 'STORAGE_RESTORED' }] });
    const found = ids(database);
    expect(found.ok && found.value).toHaveLength(500);
  });

  it('that is a folder is kept as well', async () => {
    const { folder, path, make } = await makeProfile();
    await mkdir(path);
    expect(make().open()).toMatchObject({ value: [{ code: 'STORAGE_BROKEN' }] });
    expect(await readdir(folder)).toContain('peerline.db.broken-2026-01-02T03-04-05-000Z');
  });

  it('that was killed on the first start, before anything was in it, is no damage', async () => {
    const { path, make } = await makeProfile();
    await writeFile(path, '');
    expect(make().open()).toEqual({ ok: true, value: [] });
  });
});
