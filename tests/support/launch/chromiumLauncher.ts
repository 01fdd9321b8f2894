import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LauncherSettings } from '#tests/chromium-shell/options.ts';
import { ensureBrowser } from '../../../scripts/support/browser.ts';
import { fakeCameraCount, limitDevices } from './fakeDevices.ts';
import type { ShownDialog } from '#tests/chromium-shell/dialogs.ts';
import type { Attention, Launcher, LaunchOptions, RunningApp } from './Launcher.ts';
import { projectFolder } from './Launcher.ts';
import { endWithin, killTree } from './processes.ts';
import { ShellProcess } from './ShellProcess.ts';
import { WindowPages } from './WindowPages.ts';

const SHELL = fileURLToPath(new URL('../../chromium-shell/main.ts', import.meta.url));

/** Launches the app in `appFolder` (default: the project's) in chromium-shell. */
export function chromiumLauncher(appFolder: string = fileURLToPath(projectFolder)): Launcher {
  return {
    name: 'chromium-shell',
    available: async () =>
      ensureBrowser().then(
        () => ({ available: true }),
        (error: unknown) => ({ available: false, reason: (error as Error).message }),
      ),
    launch: async (options) => launch(appFolder, options),
  };
}

async function launch(appFolder: string, options: LaunchOptions): Promise<RunningApp> {
  const settings: LauncherSettings = {
    browser: await ensureBrowser(),
    fakeCameras: fakeCameraCount(options.cameras ?? 2),
    initScript: limitDevices(options.microphones ?? 2) + (options.initScript ?? ''),
    ...(options.locale === undefined ? {} : { locale: options.locale }),
    dark: options.colorScheme === 'dark',
    ...(options.viewport === undefined ? {} : { viewport: options.viewport }),
  };
  const headless = options.headless === true ? ['--headless'] : [];
  const child = spawn(process.execPath, [SHELL, '--app', appFolder, ...headless, ...options.args], {
    env: {
      ...process.env,
      PEERLINE_DATA_DIR: options.userDataRoot,
      CHROMIUM_SHELL_OPTIONS: JSON.stringify(settings),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const shell = new ShellProcess(child);
  const pages = new WindowPages(shell);
  const end = async (): Promise<void> => {
    await shell.exited;
    await pages.detach();
  };
  return {
    launcher: 'chromium-shell',
    pid: shell.pid,
    exited: shell.exited,
    mainWindow: async () => pages.main(),
    waitForWindow: async (urlPart) => pages.byUrl(urlPart),
    windows: () => pages.all(),
    output: () => shell.output(),
    closeWindow: async (page) => {
      await shell.ask('closeWindow', pages.idOf(page));
    },
    blurWindow: async (page) => {
      await shell.ask('blurWindow', pages.idOf(page));
    },
    isShown: async (page) => (await shell.ask('isShown', pages.idOf(page))) === true,
    clipboardText: async () => String(await shell.ask('clipboardText')),
    openedExternally: async () => (await shell.ask('openedExternally')) as string[],
    emitPower: async (event) => {
      await shell.ask('emitPower', event);
    },
    answerDialog: async (answer) => {
      await shell.ask('answerDialog', answer);
    },
    shownDialogs: async () => (await shell.ask('shownDialogs')) as ShownDialog[],
    attention: async () => (await shell.ask('attention')) as Attention,
    pressTray: async (labels) => {
      await shell.ask('pressTray', labels);
    },
    openUrl: async (url) => {
      await shell.ask('openUrl', url);
    },
    relaunched: async () => {
      await end();
      if (shell.relaunchArgs === undefined) {
        throw new Error(`the app ended without starting again\n${shell.output()}`);
      }
      return launch(appFolder, { ...options, args: shell.relaunchArgs });
    },
    close: async () => {
      if (shell.isRunning) {
        await shell.ask('quit').catch(() => undefined);
        await endWithin(shell.exited, async () => killTree(shell.pid, shell.browserPid));
      }
      await end();
    },
    kill: async () => {
      if (shell.isRunning) {
        await killTree(shell.pid, shell.browserPid);
      }
      await end();
    },
  };
}
