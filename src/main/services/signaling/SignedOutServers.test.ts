import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeviceId } from '#shared/identity/ids.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { SignedOutServers } from './SignedOutServers.ts';

async function setUp() {
  const path = join(await tempFolder(), 'signed-out.json');
  const { deviceId } = await makeIdentity();
  const open = async (device: DeviceId = deviceId) => {
    const servers = new SignedOutServers({
      deviceId: device,
      path,
      now: () => 0,
      logger: testLogger().logger,
    });
    return { servers, notice: await servers.load() };
  };
  return { path, open };
}

describe('SignedOutServers', () => {
  it('knows after a restart where this device was signed out', async () => {
    const { open } = await setUp();
    const { servers } = await open();
    servers.add('one:80');
    servers.add('two:80');
    await servers.settled();
    const again = await open();
    expect(['one:80', 'two:80', 'three:80'].map((server) => again.servers.has(server))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('lets a device in again whose identity was restored, because it has another device id', async () => {
    const { open } = await setUp();
    const { servers } = await open();
    servers.add('one:80');
    await servers.settled();
    const restored = await open((await makeIdentity()).deviceId);
    expect(restored.servers.has('one:80')).toBe(false);
  });

  it('forgets the oldest of too many', async () => {
    const { open } = await setUp();
    const { servers } = await open();
    for (let server = 0; server <= 64; server++) {
      servers.add(`${server}:80`);
    }
    await servers.settled();
    const again = await open();
    expect([again.servers.has('0:80'), again.servers.has('64:80')]).toEqual([false, true]);
    expect(again.notice).toBeUndefined();
  });

  it('says that its file is broken', async () => {
    const { path, open } = await setUp();
    await writeFile(path, '{');
    expect((await open()).notice).toMatchObject({ code: 'STORAGE_BROKEN' });
  });
});
