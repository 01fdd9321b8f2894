import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from '@playwright/test';
import { test } from '#tests/support/e2e/fixtures.ts';
import type { Instance } from '#tests/support/e2e/launchPair.ts';
import { brokenDescriptions, cameraBusy, permissionDenied } from '#tests/support/e2e/pageScripts.ts';

/** Nobody calls a picture moving that stands still for longer; far above what a busy machine drops. */
const stillMs = 3_000;

async function connect(caller: Instance, callee: Instance): Promise<void> {
  await Promise.all([caller.window.ready(), callee.window.ready()]);
  await caller.window.dial(await callee.window.id());
  await callee.window.expectRinging();
  await callee.window.answer();
  await Promise.all([caller.window.expectPhase('connected'), callee.window.expectPhase('connected')]);
}

test.describe('when something breaks in a call', () => {
  test('a callee whose app was killed is noticed, and the devices are released', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo();
    await connect(caller, callee);
    await callee.app.kill();
    await caller.window.expectPhase('reconnecting');
    await expect(caller.window.element('end-reason')).toHaveAttribute(
      'data-reason',
      /^(connectionLost|peerLeft)$/,
      { timeout: 40_000 },
    );
    expect(await caller.window.resources()).toEqual({ tracks: 0, connections: 0 });
  });

  test('a server that is killed and started again never stops the picture, and a hang-up arrives afterwards', async ({
    launchTwo,
    server,
  }) => {
    const [caller, callee] = await launchTwo();
    await connect(caller, callee);
    await Promise.all([caller.window.expectFramesFlow(), callee.window.expectFramesFlow()]);
    await Promise.all([caller.window.watchFrames(), callee.window.watchFrames()]);
    await server.kill();
    const state = ({ window }: Instance) => window.callView.getByTestId('connection-state');
    await expect(state(caller)).toHaveAttribute('data-phase', /offline|connecting/);
    await Promise.all([caller.window.expectFramesFlow(), callee.window.expectFramesFlow()]);
    await Promise.all([caller.window.expectPhase('connected'), callee.window.expectPhase('connected')]);
    await server.start();
    await Promise.all([caller.app.emitPower('resume'), callee.app.emitPower('resume')]);
    for (const instance of [caller, callee]) {
      await expect(state(instance)).toHaveAttribute('data-phase', 'online');
    }
    for (const { window } of [caller, callee]) {
      await window.expectFramesFlow();
      // A call that waited for signaling would stand still for as long as the server was away.
      expect(await window.longestFrameGap()).toBeLessThan(stillMs);
    }
    await callee.window.hangUp();
    await caller.window.expectEnded('peerHungUp');
  });

  test('a hang-up while the server is away arrives when it is back', async ({ launchTwo, server }) => {
    const [caller, callee] = await launchTwo();
    await connect(caller, callee);
    await server.kill();
    await caller.window.hangUp();
    await caller.window.expectEnded('hungUp');
    await server.start();
    // Both connect at once after a sleep; otherwise their next attempts would have to be waited for.
    await Promise.all([caller.app.emitPower('resume'), callee.app.emitPower('resume')]);
    await callee.window.expectEnded('peerHungUp');
  });

  test('a description that Chromium rejects ends the call with a sentence on both sides', async ({
    launchTwo,
  }) => {
    const [caller, callee] = await launchTwo({ caller: { pageScript: brokenDescriptions } });
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    await caller.window.dial(await callee.window.id());
    await callee.window.expectRinging();
    await callee.window.answer();
    await callee.window.expectEnded('failed');
    await caller.window.expectEnded('failed');
    expect(await callee.window.resources()).toEqual({ tracks: 0, connections: 0 });
  });
});

test.describe('when a device is missing', () => {
  test('a call while another program has the camera is a call with sound and one picture', async ({
    launchTwo,
  }) => {
    const [caller, callee] = await launchTwo({ caller: { pageScript: cameraBusy } });
    await caller.window.ready();
    await expect(caller.window.element('picker-camera')).toHaveAttribute('data-problem', 'MEDIA_BUSY');
    await connect(caller, callee);
    await expect(callee.window.element('remote-camera-off')).toBeVisible();
    await caller.window.expectPictureAndSound();
  });

  test('a computer without devices says so and can still receive', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo({ caller: { cameras: 0, microphones: 0 } });
    await caller.window.ready();
    await expect(caller.window.element('picker-camera')).toHaveAttribute('data-problem', 'MEDIA_NONE');
    await expect(caller.window.element('picker-microphone')).toHaveAttribute('data-problem', 'MEDIA_NONE');
    await connect(caller, callee);
    await caller.window.expectPictureAndSound();
  });

  test('a refused permission is named, with the way to change it', async ({ launch, server }) => {
    const refused = await launch('refused', { args: ['--server', server.url], pageScript: permissionDenied });
    await refused.window.ready();
    await expect(refused.window.element('picker-camera')).toHaveAttribute('data-problem', /^MEDIA_DENIED/);
  });
});

test.describe('when the app starts badly', () => {
  test('an unreachable server is said, and the app connects once it is there', async ({ launch, server }) => {
    await server.stop();
    const { window } = await launch('early', { args: ['--server', server.url] });
    await expect(window.element('offline-strip')).toBeVisible();
    await expect(window.element('connection-state')).toHaveAttribute('data-phase', 'offline');
    await window.dial('CSM7N-BFRCA-YQEV4-FR65R-X7WE1');
    await window.expectEnded('signalingDown');
    await window.close();
    await server.start();
    await window.element('offline-retry').click();
    await window.ready();
    await expect(window.element('offline-strip')).toBeHidden();
  });

  test('a broken settings file is put aside, and the person reads so', async ({ launch, server }) => {
    const args = ['--server', server.url];
    const first = await launch('settings', { args });
    await first.window.ready();
    const id = await first.window.id();
    await first.app.close();
    const file = join(dirname(await findFile(first.folder, 'identity.json')), 'settings.json');
    await writeFile(file, '{"theme": "dark", "ring');
    const second = await launch('settings', { args, folder: first.folder });
    await second.window.ready();
    await expect(second.window.element('notice')).toContainText('settings.json');
    expect(await second.window.id()).toBe(id);
    const kept = (await readdir(dirname(file))).filter((name) => name.startsWith('settings.json.broken-'));
    expect(kept).toHaveLength(1);
  });

  test('contacts of a newer Peerline are left as they are, and the person reads so', async ({
    launch,
    server,
  }) => {
    const args = ['--server', server.url];
    const first = await launch('newer', { args });
    await first.window.ready();
    await first.app.close();
    const file = join(dirname(await findFile(first.folder, 'identity.json')), 'peerline.db');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const before = await readFile(file);
    await expect(launch('newer', { args, folder: first.folder })).rejects.toThrow(
      /by a newer version of Peerline/,
    );
    await expect(launch('newer', { args: [...args, '--lang=zh-CN'], folder: first.folder })).rejects.toThrow(
      /由更新版本的 Peerline 保存/,
    );
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  test('a second start on the same profile leaves the first alone and ends', async ({ launch, server }) => {
    const args = ['--server', server.url];
    const first = await launch('first', { args });
    await first.window.ready();
    const before = await first.window.id();
    await expect(launch('second', { args, folder: first.folder })).rejects.toThrow(
      /already running with this profile/,
    );
    await first.window.ready();
    expect(await first.window.id()).toBe(before);
  });
});

async function findFile(folder: string, name: string): Promise<string> {
  const found = (await readdir(folder, { recursive: true })).find(
    (entry) => entry.endsWith(`/${name}`) || entry === name,
  );
  if (found === undefined) {
    throw new Error(`${name} is not in the profile folder`);
  }
  return join(folder, found);
}
