import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { peerIdFromDigest } from '#shared/identity/peerId.ts';
import { openTestDatabase } from '#tests/support/main/openTestDatabase.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { countCalls } from './callRows.ts';
import { importRecents } from './importRecents.ts';

const recent = {
  id: peerIdFromDigest(randomBytes(32)),
  direction: 'incoming',
  video: true,
  end: 'missed',
  at: 5,
  seconds: 0,
};

async function setUp(text: string) {
  const folder = await tempFolder();
  const path = join(folder, 'recents.json');
  await writeFile(path, text);
  const database = openTestDatabase(folder);
  const run = async () => importRecents({ path, database, now: () => 0, logger: testLogger().logger });
  const count = () => database.read((sql) => countCalls(sql, { filter: 'missed' }));
  return { folder, path, database, run, count };
}

it('takes the calls of an older version over, without a mark, and lets its file go', async () => {
  const { folder, database, run, count } = await setUp(JSON.stringify([recent]));
  await run();
  expect(count()).toEqual({ ok: true, value: 1 });
  expect(database.read((sql) => countCalls(sql, { filter: 'all', peer: recent.id }))).toMatchObject({
    value: 1,
  });
  expect(await readdir(folder)).not.toContain('recents.json');
});

it('does so once, also when the file could not be deleted', async () => {
  const { path, run, count } = await setUp(JSON.stringify([recent]));
  await run();
  await writeFile(path, JSON.stringify([recent]));
  await run();
  expect(count()).toEqual({ ok: true, value: 1 });
});

it('keeps the file when the calls could not be saved', async () => {
  const { folder, database, run } = await setUp(JSON.stringify([recent]));
  database.close();
  await run();
  expect(await readdir(folder)).toContain('recents.json');
});

it('keeps a file that it cannot read aside', async () => {
  const { folder, run, count } = await setUp('[{"id": "nonsense"}]');
  await run();
  expect(count()).toEqual({ ok: true, value: 0 });
  expect((await readdir(folder)).some((name) => name.startsWith('recents.json.broken-'))).toBe(true);
});
