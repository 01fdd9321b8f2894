import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { JsonFile } from './JsonFile.ts';

const schema = z.object({ count: z.int() });
const now = () => Date.UTC(2026, 0, 2, 3, 4, 5);

async function makeFile() {
  const folder = await tempFolder();
  const path = join(folder, 'deep', 'value.json');
  return { folder: join(folder, 'deep'), path, file: new JsonFile({ path, schema, now }) };
}

describe('JsonFile', () => {
  it('reads what it wrote, in a folder that it made', async () => {
    const { file } = await makeFile();
    expect(await file.save({ count: 3 })).toEqual({ ok: true, value: null });
    expect(await file.load()).toEqual({ state: 'loaded', value: { count: 3 } });
  });

  it('says that nothing was there on the first start', async () => {
    const { file } = await makeFile();
    expect(await file.load()).toEqual({ state: 'missing' });
  });

  it.each(['{"count": 1', '{"count": "one"}', '[]', '', '\0\0\0', '['.repeat(100_000)])(
    'keeps the broken file %.20j aside, whole',
    async (text) => {
      const { folder, path, file } = await makeFile();
      await mkdir(folder);
      await writeFile(path, text);
      const keptAs = 'value.json.broken-2026-01-02T03-04-05-000Z';
      expect(await file.load()).toMatchObject({ state: 'broken', keptAs });
      expect(await readFile(join(folder, keptAs), 'utf8')).toBe(text);
      expect(await file.load()).toEqual({ state: 'missing' });
    },
  );

  it.skipIf(process.platform === 'win32')('lets nobody but the owner read', async () => {
    const { path, file } = await makeFile();
    await file.save({ count: 1 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('leaves no temporary file and the last value after many writes at once', async () => {
    const { folder, file } = await makeFile();
    await Promise.all(Array.from({ length: 20 }, async (_, count) => file.save({ count })));
    expect(await readdir(folder)).toEqual(['value.json']);
    expect(await file.load()).toEqual({ state: 'loaded', value: { count: 19 } });
  });

  it('reports a write that failed and leaves the old value', async () => {
    const { path, file } = await makeFile();
    await file.save({ count: 1 });
    const blocked = new JsonFile({ path: join(path, 'below-a-file.json'), schema, now });
    expect(await blocked.save({ count: 2 })).toMatchObject({ ok: false });
    expect(await file.load()).toEqual({ state: 'loaded', value: { count: 1 } });
    expect(await file.save({ count: 4 })).toMatchObject({ ok: true });
  });
});
