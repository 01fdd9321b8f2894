import { join } from 'node:path';
import { ShellApp } from './app.ts';
import type { BrowserFacts } from './chromiumHost.ts';
import { ChromiumHost } from './chromiumHost.ts';
import { createScreen, ShellTheme } from './desktop.ts';
import { ShellDialogs } from './dialogs.ts';
import { ShellIpcMain } from './ipc.ts';
import { createMenuClasses } from './menus.ts';
import { absent } from './notImplemented.ts';
import type { ShellOptions } from './options.ts';
import { ProtocolServer } from './protocolServer.ts';
import { ShellSession } from './session.ts';
import {
  createClipboard,
  createNet,
  createPowerMonitor,
  createPowerSaveBlocker,
  createSafeStorage,
  createShell,
  createSystemPreferences,
} from './system.ts';
import { createNativeImage, ShellTrays } from './tray.ts';
import { Windows } from './windows.ts';

/** The shell as a whole: the module that the app imports, and what tests reach behind it. */
export interface ElectronShell {
  readonly electron: Readonly<Record<keyof typeof Electron.Main, unknown>>;
  readonly app: ShellApp;
  readonly windows: Windows;
  readonly theme: ShellTheme;
  readonly dialogs: ShellDialogs;
  readonly trays: ShellTrays;
  readonly clipboard: { text: string };
  readonly openedExternally: readonly string[];
  emitPower(event: string): void;
}

export interface ElectronShellOptions {
  readonly options: ShellOptions;
  readonly browser: string;
  readonly onBrowser: (facts: BrowserFacts) => void;
  readonly onWindow: (id: number, targetId: string) => void;
  /** The app wants to be started again, with these arguments, once it has ended. */
  readonly onRelaunch: (appArgs: readonly string[]) => void;
}

export function createElectron({
  options,
  browser,
  onBrowser,
  onWindow,
  onRelaunch,
}: ElectronShellOptions): ElectronShell {
  const inUserData = (name: string) => (): string => join(app.getPath('userData'), name);
  const server = new ProtocolServer(inUserData('chromium-shell-ports.json'));
  const host = new ChromiumHost({
    ...options,
    browser,
    userDataDir: inUserData('chromium-shell'),
    onStart: onBrowser,
  });
  const dialogs = new ShellDialogs();
  const trays = new ShellTrays();
  const app: ShellApp = new ShellApp({
    options,
    onRelaunch,
    onBadge: (count) => {
      trays.badge = count;
    },
    closeWindows: async () => windows.closeAll(),
    destroyWindows: async () => windows.destroyAll(),
    tearDown: async () => {
      server.close();
      await host.close();
    },
  });
  const isReady = (): boolean => app.isReady();
  const session = new ShellSession(server, isReady);
  const ipcMain = new ShellIpcMain();
  const clipboard = { text: '' };
  const openedExternally: string[] = [];
  const theme: ShellTheme = new ShellTheme(options.dark, (colorScheme) => {
    for (const { contents } of windows.all) {
      void contents
        .page()
        .then(async ({ page }) => page.emulateMedia({ colorScheme }))
        .catch(() => undefined);
    }
  });
  const windows: Windows = new Windows({
    options,
    host,
    server,
    session,
    ipcMain,
    clipboard,
    isReady,
    emitApp: (event, ...args) => void app.emit(event, ...args),
    onPage: async (window, { page, targetId }) => {
      await page.emulateMedia({ colorScheme: theme.scheme });
      onWindow(window.id, targetId);
    },
    onClosed: (left) => app.onWindowClosed(left),
  });
  const power = createPowerMonitor();

  const electron = {
    app: app.exposed,
    BrowserWindow: windows.browserWindowClass(),
    webContents: windows.webContentsModule(),
    ipcMain: ipcMain.exposed,
    session: session.module(),
    protocol: session.protocol,
    net: createNet(),
    safeStorage: createSafeStorage(options.keychain, inUserData('chromium-shell-keychain')),
    clipboard: createClipboard(clipboard),
    shell: createShell(openedExternally),
    systemPreferences: createSystemPreferences(),
    nativeTheme: theme.exposed,
    powerMonitor: power.exposed,
    powerSaveBlocker: createPowerSaveBlocker(),
    screen: createScreen(),
    dialog: dialogs.exposed,
    Tray: trays.trayClass(),
    nativeImage: createNativeImage(),
    ...createMenuClasses(),
    ...lacking(),
  };
  const emitPower = (event: string): void => void power.monitor.emit(event);
  return { electron, app, windows, theme, dialogs, trays, clipboard, openedExternally, emitPower };
}

const LACKING = [
  ...([
    'autoUpdater',
    'BaseWindow',
    'BrowserView',
    'ClipboardItem',
    'contentTracing',
    'crashReporter',
  ] as const),
  ...(['desktopCapturer', 'globalShortcut', 'ImageView', 'inAppPurchase', 'IpcMainServiceWorker'] as const),
  ...(['MessageChannelMain', 'netLog', 'Notification', 'pushNotifications', 'ShareMenu'] as const),
  ...(['TouchBar', 'utilityProcess', 'View', 'WebContentsView', 'webFrameMain', 'WebSocket'] as const),
  ...(['parentPort', 'ServiceWorkerMain', 'sharedTexture'] as const),
];

/** Every other export exists, so that importing it links, and throws as soon as it is used. */
function lacking(): Record<(typeof LACKING)[number], unknown> {
  return Object.fromEntries(LACKING.map((name) => [name, absent(name)])) as Record<
    (typeof LACKING)[number],
    unknown
  >;
}
