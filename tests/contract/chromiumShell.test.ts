import { spawn } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

describe('chromium-shell, one app', () => {
  let app: RunningApp;
  let page: Page;

  beforeAll(async () => {
    app = await launch({ args: ['--profile', 'second'] });
    page = await readyPage(app);
  }, 30_000);

  afterAll(closeAll);

  it('carries structured data to main and back', async () => {
    const echoed = await page.evaluate(async () => {
      const value = {
        missing: undefined as unknown,
        nothing: null as unknown,
        bytes: new Uint8Array([0, 127, 255]),
        when: new Date(0),
        map: new Map([['a', new Set([1n])]]),
        numbers: [NaN, -0, Infinity],
      };
      const [back] = (await window.fixture.invoke('echo', value)) as [typeof value];
      return [
        'missing' in back && back.missing === undefined,
        back.nothing === null,
        back.bytes instanceof Uint8Array && back.bytes.join() === '0,127,255',
        back.when.getTime() === 0,
        back.map.get('a')?.has(1n),
        Object.is(back.numbers[1], -0) && Number.isNaN(back.numbers[0]),
      ];
    });
    expect(echoed).toEqual([true, true, true, true, true, true]);
  });

  it('refuses to carry a function', async () => {
    const message = await page.evaluate(async () => window.fixture.invoke('echo', [() => 1]).catch(String));
    // The context bridge lets functions through, the message does not.
    expect(message).toContain('could not be cloned');
  });

  it('rejects with the text that Electron gives a failed handler', async () => {
    const failures = await page.evaluate(async () =>
      Promise.all(['fail', 'nobody'].map(async (channel) => window.fixture.invoke(channel).catch(String))),
    );
    expect(failures).toEqual([
      "Error: Error invoking remote method 'fail': RangeError: out of range",
      "Error: Error invoking remote method 'nobody': Error: No handler registered for 'nobody'",
    ]);
  });

  it('delivers messages from main in order, until the listener is taken off', async () => {
    const received = await page.evaluate(async () => {
      const values: unknown[] = [];
      const two = Promise.withResolvers<undefined>();
      const off = window.fixture.onPong((value) => {
        values.push(value);
        if (values.length === 2) {
          two.resolve(undefined);
        }
      });
      window.fixture.send('ping', 7);
      await two.promise;
      off();
      window.fixture.send('ping', 8);
      await window.fixture.invoke('echo');
      return values;
    });
    expect(received).toEqual([7, { again: 7 }]);
  });

  it('tells main the address and the frame of the sender from the first message on', async () => {
    const sender = { url: 'app://fixture/page.html', isMain: true, isOurs: true, parent: null };
    expect(await page.evaluate(async () => window.fixture.early())).toEqual(sender);
  });

  it('freezes what the preload exposes', async () => {
    const frozen = await page.evaluate(() => [
      Object.isFrozen(window.fixture),
      Reflect.set(window, 'fixture', {}),
    ]);
    expect(frozen).toEqual([true, false]);
  });

  it('applies the content security policy that the app sends', async () => {
    const result = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.head.append(script);
      const style = document.createElement('p');
      style.setAttribute('style', 'color: rgb(1, 2, 3)');
      document.body.append(style);
      return [window.inlineScriptRan, window.injected, getComputedStyle(style).color === 'rgb(1, 2, 3)'];
    });
    expect(result).toEqual([undefined, undefined, false]);
  });

  it('is a secure context of the size that the app asked for', async () => {
    expect(await page.evaluate(() => [isSecureContext, innerWidth, innerHeight])).toEqual([true, 640, 480]);
  });

  it('has two fake cameras with names, and can route sound to a chosen speaker', async () => {
    const result = await page.evaluate(async () => {
      const devices = await navigator.mediaDevices.enumerateDevices();
      const speaker = devices.filter((device) => device.kind === 'audiooutput').at(-1);
      const audio = new Audio();
      await audio.setSinkId(speaker?.deviceId ?? '');
      const cameras = devices.filter((device) => device.kind === 'videoinput');
      return { labels: cameras.map(({ label }) => label), routed: audio.sinkId === speaker?.deviceId };
    });
    expect(result).toEqual({ labels: ['fake_device_0', 'fake_device_2'], routed: true });
  });

  it('throws a named error for what it lacks: classes, methods and events', async () => {
    expect(await invoke(page, 'unimplemented')).toEqual([
      'chromium-shell: TouchBar is not implemented',
      'chromium-shell: app.getFileIcon is not implemented',
      "chromium-shell: app.on('login') is not implemented",
    ]);
  });

  it('answers import and require with the same module', async () => {
    expect(await invoke(page, 'forms')).toEqual([true, true, true, true]);
  });

  it('passes arguments on and keeps the data folder that the app chose', async () => {
    const facts = (await invoke(page, 'facts')) as { version: string; args: string[] };
    expect(facts).toMatchObject({ version: '1.2.3', args: ['--profile', 'second'] });
  });

  it('asks the permission handler, with the address of the app', async () => {
    await page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
      stream.getTracks().forEach((track) => track.stop());
    });
    const [asked] = (await eventsOf(page, 'permission')).slice(-1);
    expect(asked).toEqual({
      kind: 'permission',
      permission: 'media',
      url: 'app://fixture/page.html',
      details: {
        isMainFrame: true,
        requestingUrl: 'app://fixture/page.html',
        mediaTypes: ['video', 'audio'],
        securityOrigin: 'app://fixture/',
      },
    });
  });

  it('refuses the camera, its name and everything else that a handler denies', async () => {
    await invoke(page, 'policy', { media: false, notifications: false });
    const result = await page.evaluate(async () => {
      const camera = await navigator.mediaDevices
        .getUserMedia({ video: true })
        .catch((error: unknown) => (error as Error).name);
      const [device] = await navigator.mediaDevices.enumerateDevices();
      const place = new Promise((resolve) => {
        navigator.geolocation.getCurrentPosition(resolve, ({ code }) => resolve(code));
      });
      return [camera, device?.label, await Notification.requestPermission(), await place];
    });
    await invoke(page, 'policy', { media: true, notifications: true });
    expect(result).toEqual(['NotAllowedError', '', 'denied', 1]);
  });

  it('stays where it is when the app prevents a navigation', async () => {
    await page.evaluate(() => document.querySelector<HTMLAnchorElement>('#away')?.click());
    await expect
      .poll(async () => eventsOf(page, 'will-navigate'))
      .toEqual([{ kind: 'will-navigate', url: 'https://example.org/' }]);
    await page.evaluate(() => {
      location.href = 'about:blank';
    });
    await expect.poll(async () => (await eventsOf(page, 'will-navigate')).length).toBe(2);
    expect(page.url()).toMatch(/^http:\/\/localhost:\d+\/page\.html$/);
  });

  it('opens no window that the app denies', async () => {
    const opened = await page.evaluate(() => window.open('https://example.org/popup'));
    await page.evaluate(() => document.querySelector<HTMLAnchorElement>('#aside')?.click());
    await expect
      .poll(async () => (await eventsOf(page, 'window-open')).map(({ url }) => url))
      .toEqual(['https://example.org/popup', 'app://fixture/page.html?aside']);
    expect([opened, page.context().pages().length]).toEqual([null, 1]);
  });

  it('lets a test read the clipboard, see what was opened outside and wake the computer', async () => {
    await invoke(page, 'copy', 'an id');
    await invoke(page, 'open', 'https://example.org/help');
    await app.emitPower('resume');
    expect(await app.clipboardText()).toBe('an id');
    expect(await app.openedExternally()).toEqual(['https://example.org/help']);
    expect(await eventsOf(page, 'resume')).toHaveLength(1);
  });

  it('keeps a window whose close the app prevents', async () => {
    await invoke(page, 'policy', { keepOpen: true });
    await app.closeWindow(page);
    expect(await eventsOf(page, 'kept')).toHaveLength(1);
    await invoke(page, 'policy', { keepOpen: false });
  });
});

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
    const offer = await offerer.evaluate(async () => {
      const connection = new RTCPeerConnection();
      Object.assign(window, { connection, channel: connection.createDataChannel('test') });
      await connection.setLocalDescription();
      await new Promise((resolve) => {
        connection.addEventListener(
          'icegatheringstatechange',
          () => connection.iceGatheringState === 'complete' && resolve(true),
        );
      });
      return connection.localDescription?.sdp ?? '';
    });
    const answer = await answerer.evaluate(async (sdp) => {
      const connection = new RTCPeerConnection();
      Object.assign(window, { connection });
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await connection.setLocalDescription();
      await new Promise((resolve) => {
        connection.addEventListener(
          'icegatheringstatechange',
          () => connection.iceGatheringState === 'complete' && resolve(true),
        );
      });
      return connection.localDescription?.sdp ?? '';
    }, offer);
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
