import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { ok } from '#shared/result.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { openTestDatabase } from '#tests/support/main/openTestDatabase.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { DailyCopies } from './DailyCopies.ts';

// By the calendar of whoever runs the test, as the copies are named.
const noon = new Date(2026, 0, 20, 12).getTime();
const hourMs = 60 * 60_000;

async function setUp(options: { readonly worthwhile?: boolean; readonly source?: string } = {}) {
  const folder = await tempFolder();
  const clock = new FakeClock(noon);
  const database = openTestDatabase(folder);
  database.write((sql) => ok(sql.run(`INSERT INTO blocked (id, at) VALUES ('kept', 0)`)));
  const { logger, records } = testLogger();
  const copies = new DailyCopies({
    source: options.source ?? join(folder, 'peerline.db'),
    folder: join(folder, 'backups'),
    entry: new URL('./copyWorker.ts', import.meta.url),
    worthwhile: () => options.worthwhile ?? true,
    clock,
    logger,
  });
  onTestFinished(() => copies.close());
  const names = async () => (await readdir(join(folder, 'backups')).catch(() => [])).sort();
  return { folder, clock, copies, names, records, database };
}

it('makes one sound copy a day, with what was written a moment ago', async () => {
  const { folder, copies, names } = await setUp();
  await copies.copyToday();
  await copies.copyToday();
  expect(await names()).toEqual(['peerline-2026-01-20.db']);
  const copy = new DatabaseSync(join(folder, 'backups', 'peerline-2026-01-20.db'), { readOnly: true });
  onTestFinished(() => copy.close());
  expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  expect(copy.prepare('SELECT id FROM blocked').all()).toEqual([{ id: 'kept' }]);
});

it.skipIf(process.platform === 'win32')('lets nobody but the owner read it', async () => {
  const { folder, copies } = await setUp();
  await copies.copyToday();
  expect((await stat(join(folder, 'backups'))).mode & 0o077).toBe(0);
  expect((await stat(join(folder, 'backups', 'peerline-2026-01-20.db'))).mode & 0o077).toBe(0);
});

it('keeps the last seven and nothing of another name is touched', async () => {
  const { folder, copies, names } = await setUp();
  await mkdir(join(folder, 'backups'));
  const older = Array.from({ length: 9 }, (_, day) => `peerline-2026-01-0${day + 1}.db`);
  for (const name of [...older, 'mine.db']) {
    await writeFile(join(folder, 'backups', name), '');
  }
  await copies.copyToday();
  expect(await names()).toEqual(['mine.db', ...older.slice(-6), 'peerline-2026-01-20.db']);
});

it('leaves the older copies alone when none could be made', async () => {
  const { folder, copies, names, records } = await setUp({ source: '/nowhere/peerline.db' });
  await mkdir(join(folder, 'backups'));
  const older = Array.from({ length: 8 }, (_, day) => `peerline-2026-01-0${day + 1}.db`);
  for (const name of older) {
    await writeFile(join(folder, 'backups', name), '');
  }
  await copies.copyToday();
  expect(await names()).toEqual(older);
  expect(records.some(({ level, message }) => level === 'error' && message === 'database not copied')).toBe(
    true,
  );
});

it('makes none of an empty database, nor of one that is not in the file', async () => {
  const { copies, names } = await setUp({ worthwhile: false });
  await copies.copyToday();
  expect(await names()).toEqual([]);
});

it('looks every hour whether a new day has begun, until it is closed', async () => {
  const { clock, copies } = await setUp({ worthwhile: false });
  copies.start();
  await clock.advance(48 * hourMs);
  expect(clock.pendingTimers).toBe(1);
  copies.close();
  expect(clock.pendingTimers).toBe(0);
});
