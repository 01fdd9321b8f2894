import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '#shared/settings.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { SettingsStore } from './SettingsStore.ts';

const now = () => Date.UTC(2026, 0, 1);

async function makeStore() {
  const folder = await tempFolder();
  const path = join(folder, 'settings.json');
  const open = () => new SettingsStore({ path, now, logger: testLogger().logger });
  return { folder, path, open };
}

describe('SettingsStore', () => {
  it('has the defaults on the first start and nothing to say', async () => {
    const { open } = await makeStore();
    const store = open();
    expect(await store.load()).toBeUndefined();
    expect(store.value).toEqual(defaultSettings());
  });

  it('remembers a change over a restart and tells about it once', async () => {
    const { open } = await makeStore();
    const store = open();
    await store.load();
    const seen: string[] = [];
    store.onChanged((settings) => seen.push(settings.theme));
    await store.update({ theme: 'dark' });
    await store.update({ theme: 'dark' });
    expect(seen).toEqual(['dark']);
    const next = open();
    await next.load();
    expect(next.value.theme).toBe('dark');
  });

  it('merges changes that come at the same time', async () => {
    const { open } = await makeStore();
    const store = open();
    await Promise.all([
      store.update({ server: { port: 9000 } }),
      store.update({ server: { mode: 'remote' } }),
    ]);
    expect(store.value.server).toMatchObject({ port: 9000, mode: 'remote' });
  });

  it('puts a broken file aside, says so, and goes on with the defaults', async () => {
    const { folder, path, open } = await makeStore();
    await writeFile(path, '{"theme": "purple"}');
    const store = open();
    const notice = await store.load();
    expect(notice).toMatchObject({ code: 'SETTINGS_BROKEN' });
    expect(await readdir(folder)).toEqual([notice?.detail]);
    expect(store.value).toEqual(defaultSettings());
  });

  it('changes nothing when the change cannot be written, and can write again later', async () => {
    const { path, open } = await makeStore();
    const store = open();
    await mkdir(path);
    expect(await store.update({ theme: 'dark' })).toMatchObject({
      ok: false,
      error: { code: 'SETTINGS_WRITE_FAILED' },
    });
    expect(store.value.theme).toBe('system');
    await rm(path, { recursive: true });
    expect(await store.update({ theme: 'light' })).toMatchObject({ ok: true, value: { theme: 'light' } });
  });
});
