import { spawn } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningApp } from '#tests/support/launch/Launcher.ts';
import { isAlive } from '#tests/support/launch/processes.ts';
import {
  appFolder,
  closeAll,
  eventsOf,
  invoke,
  launch,
  newFolder,
  readyPage,
} from '#tests/support/launch/shellFixture.ts';

const browserPids = async (app: RunningApp, userDataRoot: string): Promise<number> => {
  await app.mainWindow();
  return Number((await readlink(join(userDataRoot, 'chromium-shell', 'SingletonLock'))).split('-').pop());
};

/**
 * Begins a connection in a page, with a channel of its own or in answer to an offer; both are left in its window.
 * Returns its description with all candidates.
 */
const descriptionOf = async (page: Page, offer?: string): Promise<string> =>
  page.evaluate(async (sdp) => {
    const connection = new RTCPeerConnection();
    Object.assign(window, { connection });
    if (sdp === undefined) {
      Object.assign(window, { channel: connection.createDataChannel('test') });
    } else {
      await connection.setRemoteDescription({ type: 'offer', sdp });
    }
    await connection.setLocalDescription();
    await new Promise((resolve) => {
      connection.addEventListener(
        'icegatheringstatechange',
        () => connection.iceGatheringState === 'complete' && resolve(true),
      );
    });
    return connection.localDescription?.sdp ?? '';
  }, offer);

describe('chromium-shell, starting and ending', () => {
  afterEach(closeAll);

  it('lets one instance run on a data folder and tells it about the second', async () => {
    const first = await launch();
    const page = await readyPage(first);
    const { userData } = (await invoke(page, 'facts')) as { userData: string };
    const second = await launch({ userDataRoot: userData, args: ['--again'] });
    expect(await second.exited).toEqual({ code: 0, signal: null });
    await expect(second.mainWindow()).rejects.toThrow('already running');
    await expect.poll(async () => eventsOf(page, 'second-instance')).toHaveLength(1);
    const [seen] = await eventsOf(page, 'second-instance');
    expect(seen?.argv).toContain('--again');
  });

  it('leaves no process behind when it is killed, and the next start gets the lock', async () => {
    const userDataRoot = await newFolder();
    const first = await launch({ userDataRoot });
    await readyPage(first);
    const browser = await browserPids(first, userDataRoot);
    await first.kill();
    expect([isAlive(first.pid), isAlive(browser)]).toEqual([false, false]);
    const second = await launch({ userDataRoot });
    await readyPage(second);
  });

  it('takes the browser along when only its own process is killed', async () => {
    const userDataRoot = await newFolder();
    const app = await launch({ userDataRoot });
    await readyPage(app);
    const browser = await browserPids(app, userDataRoot);
    process.kill(app.pid, 'SIGKILL');
    await app.exited;
    await expect.poll(() => isAlive(browser), { timeout: 10_000 }).toBe(false);
  });

  it('ends when its launcher dies', async () => {
    const userDataRoot = await newFolder();
    const shell = fileURLToPath(new URL('../chromium-shell/main.ts', import.meta.url));
    const portFile = join(userDataRoot, 'port.json');
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ${JSON.stringify([shell, '--app', appFolder, '--headless', '--shell-port-file', portFile])},
        { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      child.on('message', (message) => message.type === 'window' && process.stdout.write(String(child.pid)));`;
    const parent = spawn(process.execPath, ['-e', script], {
      env: { ...process.env, PEERLINE_DATA_DIR: userDataRoot },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))),
    );
    const { pid: browser } = JSON.parse(await readFile(portFile, 'utf8')) as { pid: number };
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid) || isAlive(browser), { timeout: 10_000 }).toBe(false);
  });

  it('quits in the order of Electron, with code 0', async () => {
    const app = await launch();
    await readyPage(app);
    await app.close();
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(app.output().match(/event: \S+/g)).toEqual([
      'event: before-quit',
      'event: will-quit',
      'event: quit',
    ]);
  });

  it('quits on SIGTERM like on a request', async () => {
    const app = await launch();
    await readyPage(app);
    process.kill(app.pid, 'SIGTERM');
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(app.output()).toContain('event: will-quit');
  });

  it('quits when the last window is closed', async () => {
    const app = await launch();
    const page = await readyPage(app);
    await page.close();
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(app.output()).toContain('event: window-all-closed');
  });

  it('exits with the code that the app names', async () => {
    const app = await launch();
    const page = await readyPage(app);
    await page.evaluate(() => void window.fixture.invoke('exit', 3));
    expect(await app.exited).toEqual({ code: 3, signal: null });
  });

  it('reports a dead page and can load it again', async () => {
    const app = await launch();
    const page = await readyPage(app);
    page.goto('chrome://crash').catch(() => undefined);
    await expect.poll(() => app.windows().some((window) => window !== page), { timeout: 10_000 }).toBe(true);
    const again = await readyPage(app);
    expect(await eventsOf(again, 'gone')).toEqual([{ kind: 'gone', reason: 'crashed' }]);
  });

  it('keeps the ids of devices from one start to the next', async () => {
    const userDataRoot = await newFolder();
    const ids = async (): Promise<readonly string[]> => {
      const app = await launch({ userDataRoot });
      const page = await readyPage(app);
      const found = await page.evaluate(async () =>
        (await navigator.mediaDevices.enumerateDevices()).map(({ deviceId }) => deviceId),
      );
      await app.close();
      return found;
    };
    expect(await ids()).toEqual(await ids());
  });

  it('runs the script of a test before the page, and without devices when asked', async () => {
    const app = await launch({ cameras: 0, microphones: 0, initScript: 'globalThis.injected = true;' });
    const page = await readyPage(app);
    const result = await page.evaluate(async () => {
      const kinds = (await navigator.mediaDevices.enumerateDevices()).map(({ kind }) => kind);
      const name = async (constraints: MediaStreamConstraints): Promise<unknown> =>
        navigator.mediaDevices.getUserMedia(constraints).catch((error: unknown) => (error as Error).name);
      const inputs = kinds.filter((kind) => kind !== 'audiooutput');
      return [window.injected, inputs, await name({ video: true }), await name({ audio: true })];
    });
    expect(result).toEqual([true, [], 'NotFoundError', 'NotFoundError']);
  });

  it('shows pages in the colours and the language that the launch asks for', async () => {
    const app = await launch({ colorScheme: 'dark', locale: 'zh-CN', viewport: { width: 400, height: 500 } });
    const page = await readyPage(app);
    const seen = await page.evaluate(() => [
      matchMedia('(prefers-color-scheme: dark)').matches,
      navigator.language,
      innerWidth,
    ]);
    expect(seen).toEqual([true, 'zh-CN', 400]);
  });

  it('connects two instances over host candidates', async () => {
    const [one, two] = await Promise.all([launch(), launch()]);
    const [offerer, answerer] = await Promise.all([readyPage(one), readyPage(two)]);
    const offer = await descriptionOf(offerer);
    const answer = await descriptionOf(answerer, offer);
    const state = await offerer.evaluate(async (sdp) => {
      const { connection, channel } = window as unknown as {
        connection: RTCPeerConnection;
        channel: RTCDataChannel;
      };
      const opened = new Promise((resolve) => channel.addEventListener('open', resolve));
      await connection.setRemoteDescription({ type: 'answer', sdp });
      await opened;
      return channel.readyState;
    }, answer);
    expect(state).toBe('open');
  });
});
