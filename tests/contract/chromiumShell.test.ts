import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningApp } from '#tests/support/launch/Launcher.ts';
import { closeAll, eventsOf, invoke, launch, readyPage } from '#tests/support/launch/shellFixture.ts';

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
