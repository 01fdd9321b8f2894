import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ElectronApplication, Page } from 'playwright-core';
import { _electron } from 'playwright-core';
import { electronBinary } from '../../../scripts/support/electron.ts';
import { replaceDesktop, RELAUNCH, standIns } from './electronDesktop.ts';
import { fakeCameraCount, limitDevices } from './fakeDevices.ts';
import type { Exit, Launcher, LaunchOptions, RunningApp } from './Launcher.ts';
import { projectFolder, WINDOW_TIMEOUT_MS } from './Launcher.ts';
import { endWithin, killTree } from './processes.ts';

const MARK = '__peerlineInitScript';

export const electronLauncher: Launcher = {
  name: 'electron',
  available: async () =>
    Promise.resolve(
      electronBinary() === undefined
        ? { available: false, reason: 'Electron has not been downloaded (npm run install-electron).' }
        : { available: true },
    ),
  launch,
};

async function launch(options: LaunchOptions): Promise<RunningApp> {
  const executablePath = electronBinary();
  if (executablePath === undefined) {
    throw new Error('Electron has not been downloaded (npm run install-electron).');
  }
  const app = await _electron.launch({
    executablePath,
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      `--use-fake-device-for-media-stream=device-count=${fakeCameraCount(options.cameras ?? 2)}`,
      '--autoplay-policy=no-user-gesture-required',
      ...(options.locale === undefined ? [] : [`--lang=${options.locale}`]),
      fileURLToPath(projectFolder),
      ...options.args,
    ],
    env: { ...definedEnvironment(), PEERLINE_DATA_DIR: options.userDataRoot, ...options.env },
    ...(options.locale === undefined ? {} : { locale: options.locale }),
    colorScheme: options.colorScheme ?? 'light',
  });
  const child = app.process();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const exited = new Promise<Exit>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const script = limitDevices(options.microphones ?? 2) + (options.initScript ?? '');
  await app.context().addInitScript({ content: `globalThis.${MARK} = true; ${script}` });
  await recordExternal(app);
  await replaceDesktop(app);

  const mainWindow = async (): Promise<Page> => {
    const ended = exited.then(async () =>
      Promise.reject(new Error(`the app exited before a window appeared\n${output}`)),
    );
    const page = await Promise.race([app.firstWindow({ timeout: WINDOW_TIMEOUT_MS }), ended]);
    await ensureInitScript(page);
    if (options.viewport !== undefined) {
      await page.setViewportSize(options.viewport);
    }
    return page;
  };
  return {
    launcher: 'electron',
    pid: child.pid ?? 0,
    exited,
    mainWindow,
    waitForWindow: async (urlPart) => {
      const found = (): Page | undefined => app.windows().find((page) => page.url().includes(urlPart));
      while (found() === undefined) {
        await app.waitForEvent('window', { timeout: WINDOW_TIMEOUT_MS });
        await Promise.all(app.windows().map(async (page) => page.waitForLoadState('domcontentloaded')));
      }
      return found() ?? Promise.reject(new Error(`the window ${urlPart} has closed again`));
    },
    windows: () => app.windows(),
    output: () => output,
    closeWindow: async (page) =>
      (await app.browserWindow(page)).evaluate((window: { close(): void }) => window.close()),
    blurWindow: async (page) =>
      (await app.browserWindow(page)).evaluate((window: { blur(): void }) => window.blur()),
    isShown: async (page) =>
      (await app.browserWindow(page)).evaluate((window: { isVisible(): boolean }) => window.isVisible()),
    clipboardText: async () => app.evaluate(async ({ clipboard }) => clipboard.readText()),
    openedExternally: async () =>
      app.evaluate(() => (Reflect.get(globalThis, 'openedExternally') ?? []) as string[]),
    emitPower: async (event) => {
      await app.evaluate(({ powerMonitor }, name) => powerMonitor.emit(name), event);
    },
    ...standIns(app),
    relaunched: async () => {
      await exited;
      const [, args] = [...output.matchAll(RELAUNCH)].at(-1) ?? [];
      if (args === undefined) {
        throw new Error(`the app ended without starting again\n${output}`);
      }
      return launch({ ...options, args: ownArguments(JSON.parse(args) as string[]) });
    },
    close: async () => {
      await app.evaluate(({ app: main }) => setImmediate(() => main.quit())).catch(() => undefined);
      await endWithin(exited, async () => killTree(child.pid ?? 0, undefined));
      await app.close().catch(() => undefined);
    },
    kill: async () => {
      await killTree(child.pid ?? 0, undefined);
      await exited;
    },
  };
}

/** The first page may have begun before the script was there; then it begins again. */
async function ensureInitScript(page: Page): Promise<void> {
  await page.waitForLoadState('domcontentloaded');
  if ((await page.evaluate((mark) => Reflect.get(globalThis, mark) as unknown, MARK)) !== true) {
    await page.reload();
  }
}

/** What comes after the folder of the app; before it stand Electron's and Playwright's own. */
function ownArguments(args: readonly string[]): readonly string[] {
  const folder = fileURLToPath(projectFolder);
  return args.slice(args.findIndex((arg) => resolve(arg) === resolve(folder)) + 1);
}

async function recordExternal(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Reflect.set(globalThis, 'openedExternally', opened);
    shell.openExternal = async (url) => {
      opened.push(url);
      return Promise.resolve();
    };
  });
}

function definedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
