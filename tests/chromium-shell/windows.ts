import type { ChromiumHost, HostedPage } from './chromiumHost.ts';
import { ShellBrowserWindow } from './browserWindow.ts';
import { Frames } from './frames.ts';
import type { ShellIpcMain } from './ipc.ts';
import { guard, guardClass, NotImplementedError } from './notImplemented.ts';
import type { ShellOptions } from './options.ts';
import { preventable } from './preventable.ts';
import type { ProtocolServer } from './protocolServer.ts';
import type { ShellSession } from './session.ts';
import { ShellWebContents } from './webContents.ts';

/** Options of a window that the shell honours, or that only change how a frame is drawn. */
const WINDOW_OPTIONS = new Set([
  ...[
    'width',
    'height',
    'x',
    'y',
    'minWidth',
    'minHeight',
    'maxWidth',
    'maxHeight',
    'show',
    'title',
    'icon',
    'frame',
  ],
  ...[
    'webPreferences',
    'alwaysOnTop',
    'skipTaskbar',
    'resizable',
    'backgroundColor',
    'autoHideMenuBar',
    'center',
  ],
  ...[
    'minimizable',
    'maximizable',
    'fullscreenable',
    'closable',
    'movable',
    'focusable',
    'hasShadow',
    'roundedCorners',
  ],
  ...[
    'titleBarStyle',
    'titleBarOverlay',
    'trafficLightPosition',
    'useContentSize',
    'darkTheme',
    'type',
    'acceptFirstMouse',
  ],
]);

export interface WindowsPorts {
  readonly options: ShellOptions;
  readonly host: ChromiumHost;
  readonly server: ProtocolServer;
  readonly session: ShellSession;
  readonly ipcMain: ShellIpcMain;
  readonly clipboard: { text: string };
  readonly isReady: () => boolean;
  readonly emitApp: (event: string, ...args: unknown[]) => void;
  readonly onPage: (window: ShellBrowserWindow, hosted: HostedPage) => Promise<void>;
  readonly onClosed: (left: number) => void;
}

/** All windows of the app, and the classes `BrowserWindow` and `webContents` as the app sees them. */
export class Windows {
  readonly #ports: WindowsPorts;
  readonly #frames: Frames;
  #all: readonly ShellBrowserWindow[] = [];
  #nextId = 1;

  constructor(ports: WindowsPorts) {
    this.#ports = ports;
    this.#frames = new Frames(ports.server.origins);
  }

  get all(): readonly ShellBrowserWindow[] {
    return this.#all;
  }

  /** Asks each window in turn; stops at the first that stays. */
  async closeAll(): Promise<boolean> {
    for (const window of this.#all) {
      if (!(await window.requestClose())) {
        return false;
      }
    }
    return true;
  }

  async destroyAll(): Promise<void> {
    for (const window of this.#all) {
      window.markClosed();
      await window.contents.destroyPage();
    }
  }

  browserWindowClass(): object {
    const exposed = (window: ShellBrowserWindow | undefined): Electron.BrowserWindow | null =>
      window?.exposed ?? null;
    return guardClass('BrowserWindow', (options) => this.#create(options ?? {}), {
      getAllWindows: () => this.#all.map((window) => window.exposed),
      getFocusedWindow: () => exposed(this.#all.find((window) => window.isFocused())),
      fromId: (id: number) => exposed(this.#all.find((window) => window.id === id)),
      fromWebContents: (contents: Electron.WebContents) =>
        exposed(this.#all.find((window) => window.webContents === contents)),
    });
  }

  webContentsModule(): object {
    const all = (): Electron.WebContents[] => this.#all.map((window) => window.webContents);
    return guard('webContents', {
      getAllWebContents: all,
      fromId: (id: number) => all().find((contents) => contents.id === id),
      getFocusedWebContents: () => this.#all.find((window) => window.isFocused())?.webContents ?? null,
    });
  }

  #create(options: Electron.BrowserWindowConstructorOptions): Electron.BrowserWindow {
    if (!this.#ports.isReady()) {
      throw new Error('Cannot create BrowserWindow before app is ready');
    }
    const unknown = Object.keys(options).find((name) => !WINDOW_OPTIONS.has(name));
    if (unknown !== undefined) {
      throw new NotImplementedError(`the BrowserWindow option '${unknown}'`);
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const window = new ShellBrowserWindow(id, options, {
      headless: this.#ports.options.headless,
      viewport: id === 1 ? this.#ports.options.viewport : undefined,
      contents: (owner) => this.#contents(owner, options.webPreferences ?? {}),
      onFocused: (focused) => this.#onFocused(focused),
      onClosed: (closed) => this.#onClosed(closed),
    });
    this.#all = [...this.#all, window];
    this.#ports.emitApp('browser-window-created', preventable({}), window.exposed);
    this.#ports.emitApp('web-contents-created', preventable({}), window.webContents);
    return window.exposed;
  }

  #contents(owner: ShellBrowserWindow, preferences: Electron.WebPreferences): ShellWebContents {
    const { host, onPage, emitApp, options } = this.#ports;
    const contents: ShellWebContents = new ShellWebContents({
      ...this.#ports,
      id: owner.id,
      preferences,
      frames: this.#frames,
      initScript: options.initScript,
      openPage: async () => host.newPage(),
      onPage: async (hosted) => {
        await owner.onPage(hosted);
        await onPage(owner, hosted);
      },
      onPageClosed: () => owner.onPageClosed(),
    });
    contents.on('render-process-gone', (event: unknown, details: unknown) =>
      emitApp('render-process-gone', event, contents.exposed, details),
    );
    return contents;
  }

  #onFocused(focused: ShellBrowserWindow): void {
    for (const window of this.#all) {
      if (window !== focused) {
        window.blur();
      }
    }
  }

  #onClosed(closed: ShellBrowserWindow): void {
    this.#all = this.#all.filter((window) => window !== closed);
    this.#ports.onClosed(this.#all.length);
  }
}
