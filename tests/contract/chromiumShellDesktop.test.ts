import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningApp } from '#tests/support/launch/Launcher.ts';
import { apps, closeAll, eventsOf, invoke, launch, readyPage } from '#tests/support/launch/shellFixture.ts';

const trayIcon = fileURLToPath(new URL('../../resources/tray/tray.png', import.meta.url));

describe('chromium-shell, the desktop round the app', () => {
  let app: RunningApp;
  let page: Page;

  beforeAll(async () => {
    app = await launch();
    page = await readyPage(app);
  }, 30_000);

  afterAll(closeAll);

  it('answers dialogs as the test said before, in order, and remembers them', async () => {
    await app.answerDialog({ kind: 'message', button: 0 });
    await app.answerDialog({ kind: 'save', path: '/tmp/x.json' });
    expect(await invoke(page, 'ask')).toBe(0);
    expect(await invoke(page, 'save')).toEqual({ canceled: false, filePath: '/tmp/x.json' });
    expect(await app.shownDialogs()).toEqual([
      { kind: 'message', text: 'Title Question?', buttons: ['Yes', 'No'], defaultPath: '' },
      { kind: 'save', text: 'Save', buttons: [], defaultPath: '/a/b.json' },
    ]);
  });

  it('gives a question its default button and saves nothing where no answer was given', async () => {
    expect(await invoke(page, 'ask')).toBe(1);
    expect(await invoke(page, 'save')).toEqual({ canceled: true, filePath: '' });
  });

  it('says so when a test answers another dialog than the one that comes', async () => {
    await app.answerDialog({ kind: 'message', button: 0 });
    await expect(invoke(page, 'save')).rejects.toThrow('the test answers a message dialog');
  });

  it('shows the badge and the tray, and presses what is in its menu', async () => {
    await invoke(page, 'badge', 3);
    await invoke(page, 'tray', trayIcon);
    const none = { checked: false, submenu: [] };
    const menu = (two: boolean) => [
      { ...none, label: 'Open' },
      {
        ...none,
        label: 'Status',
        submenu: [
          { label: 'One', checked: !two, submenu: [] },
          { label: 'Two', checked: two, submenu: [] },
        ],
      },
    ];
    const tray = { toolTip: 'a tip', image: 'tray.png' };
    expect(await app.attention()).toEqual({ badge: 3, tray: { ...tray, menu: menu(false) } });
    await app.pressTray([]);
    await app.pressTray(['Status', 'Two']);
    expect((await eventsOf(page, 'pressed')).map(({ name }) => name)).toEqual(['icon', 'Two']);
    expect(await app.attention()).toEqual({ badge: 3, tray: { ...tray, menu: menu(true) } });
    await expect(app.pressTray(['Quit'])).rejects.toThrow('no entry Quit');
  });

  it('refuses a tray icon that is no picture', async () => {
    await expect(
      launch().then(async (other) => invoke(await readyPage(other), 'tray', 'none.png')),
    ).rejects.toThrow('Failed to load image');
  });

  it('claims links for the app alone, and opens one as macOS does', async () => {
    expect(await invoke(page, 'claim')).toEqual([true, true, false]);
    await app.openUrl('fixture:one');
    expect(await eventsOf(page, 'open-url')).toEqual([{ kind: 'open-url', url: 'fixture:one' }]);
  });
});

describe('chromium-shell, starting again', () => {
  afterEach(closeAll);

  it.each([
    ['the same arguments', undefined, ['--first']],
    ['others', ['--second'], ['--second']],
  ])('is started again by its launcher with %s', async (_what, args, expected) => {
    const app = await launch({ args: ['--first'] });
    const page = await readyPage(app);
    const { userData } = (await invoke(page, 'facts')) as { userData: string };
    page.evaluate(async (next) => window.fixture.invoke('restart', next), args).catch(() => undefined);
    const again = await app.relaunched();
    apps.push(again);
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(await invoke(await readyPage(again), 'facts')).toMatchObject({ args: expected, userData });
  });

  it('says so when an app that should start again only ends', async () => {
    const app = await launch();
    await readyPage(app);
    await app.close();
    await expect(app.relaunched()).rejects.toThrow('without starting again');
  });
});
