import { EventEmitter } from 'node:events';
import type { HostedPage } from './chromiumHost.ts';
import { guard } from './notImplemented.ts';
import { preventable } from './preventable.ts';
import type { ShellWebContents } from './webContents.ts';

const EVENTS = [
  ...[
    'close',
    'closed',
    'ready-to-show',
    'show',
    'hide',
    'focus',
    'blur',
    'minimize',
    'restore',
    'maximize',
    'unmaximize',
  ],
  ...['resize', 'resized', 'move', 'moved', 'enter-full-screen', 'leave-full-screen', 'page-title-updated'],
  ...['unresponsive', 'responsive', 'session-end', 'query-session-end', 'always-on-top-changed'],
];

const definedPosition = ({ x, y }: Electron.BrowserWindowConstructorOptions): Partial<Electron.Point> => ({
  ...(x === undefined ? {} : { x }),
  ...(y === undefined ? {} : { y }),
});

export interface WindowPorts {
  readonly contents: (window: ShellBrowserWindow) => ShellWebContents;
  readonly headless: boolean;
  readonly viewport: { readonly width: number; readonly height: number } | undefined;
  readonly onFocused: (window: ShellBrowserWindow) => void;
  readonly onClosed: (window: ShellBrowserWindow) => void;
}

type WindowMethods = Partial<
  Omit<Electron.BrowserWindow, keyof EventEmitter | 'webContents' | 'setContentSize'>
>;

/** A window: what Chromium cannot do for a headless page is kept here and answered faithfully. */
export class ShellBrowserWindow extends EventEmitter implements WindowMethods {
  readonly id: number;
  readonly exposed: Electron.BrowserWindow;
  readonly contents: ShellWebContents;
  readonly #ports: WindowPorts;
  #bounds: Electron.Rectangle;
  #minimum: readonly [number, number];
  #title: string;
  #visible = false;
  #focused = false;
  #minimized = false;
  #maximized = false;
  #fullScreen = false;
  #alwaysOnTop: boolean;
  #resizable: boolean;
  #menuBar = true;
  #allWorkspaces = false;
  #closing = false;
  #destroyed = false;

  constructor(id: number, options: Electron.BrowserWindowConstructorOptions, ports: WindowPorts) {
    super();
    this.id = id;
    this.#ports = ports;
    const { width = 800, height = 600, minWidth = 0, minHeight = 0 } = options;
    const centre = { x: Math.round((1440 - width) / 2), y: Math.round((900 - height) / 2) };
    this.#bounds = { ...centre, ...definedPosition(options), width, height, ...ports.viewport };
    this.#minimum = [minWidth, minHeight];
    this.#title = options.title ?? '';
    this.#alwaysOnTop = options.alwaysOnTop ?? false;
    this.#resizable = options.resizable ?? true;
    this.exposed = guard('BrowserWindow', this, EVENTS);
    this.contents = ports.contents(this);
    this.contents.once('did-finish-load', () => {
      this.emit('ready-to-show');
      if (!this.#visible) {
        this.#setWindowState('minimized');
      }
    });
    this.contents.on('page-title-updated', (_event: unknown, title: string) => {
      const event = preventable({});
      this.emit('page-title-updated', event, title, true);
      if (!event.defaultPrevented) {
        this.#title = title;
      }
    });
    if (options.show !== false) {
      this.show();
    }
  }

  get webContents(): Electron.WebContents {
    return this.contents.exposed;
  }

  async loadURL(url: string): Promise<void> {
    return this.contents.loadURL(url);
  }

  reload(): void {
    this.contents.reload();
  }

  /** Applies what was asked before the page was there. */
  async onPage({ page }: HostedPage): Promise<void> {
    const { x, y, width, height } = this.#bounds;
    if (this.#ports.headless) {
      await page.setViewportSize({ width, height });
    } else {
      this.#setWindowBounds({ left: x, top: y, width, height });
    }
  }

  show(): void {
    this.showInactive();
    this.focus();
  }

  showInactive(): void {
    if (!this.#visible) {
      this.#visible = true;
      this.emit('show');
      this.#setWindowState('normal');
    }
  }

  hide(): void {
    if (this.#visible) {
      this.#visible = false;
      this.emit('hide');
      this.blur();
      this.#setWindowState('minimized');
    }
  }

  focus(): void {
    if (this.#visible && !this.#focused) {
      this.#focused = true;
      this.emit('focus');
      this.#ports.onFocused(this);
      if (!this.#ports.headless) {
        this.#apply(async ({ page }) => page.bringToFront());
      }
    }
  }

  blur(): void {
    if (this.#focused) {
      this.#focused = false;
      this.emit('blur');
    }
  }

  minimize(): void {
    if (!this.#minimized) {
      this.#minimized = true;
      this.emit('minimize');
      this.blur();
      this.#setWindowState('minimized');
    }
  }

  restore(): void {
    if (this.#minimized) {
      this.#minimized = false;
      this.emit('restore');
      this.#setWindowState('normal');
    }
  }

  maximize(): void {
    if (!this.#maximized) {
      this.#maximized = true;
      this.emit('maximize');
      this.#setWindowState('maximized');
    }
  }

  unmaximize(): void {
    if (this.#maximized) {
      this.#maximized = false;
      this.emit('unmaximize');
      this.#setWindowState('normal');
    }
  }

  setFullScreen(flag: boolean): void {
    if (flag !== this.#fullScreen) {
      this.#fullScreen = flag;
      this.emit(flag ? 'enter-full-screen' : 'leave-full-screen');
      this.#setWindowState(flag ? 'fullscreen' : 'normal');
    }
  }

  close(): void {
    void this.requestClose();
  }

  /** False when a listener has kept the window. */
  async requestClose(): Promise<boolean> {
    if (this.#destroyed) {
      return true;
    }
    const event = preventable({});
    this.emit('close', event);
    if (event.defaultPrevented) {
      return false;
    }
    this.#closing = true;
    await this.contents.destroyPage();
    this.markClosed();
    return true;
  }

  destroy(): void {
    void this.contents.destroyPage();
    this.markClosed();
  }

  /** The page has gone, by whoever's hand; a listener can no longer prevent it. */
  onPageClosed(): void {
    if (!this.#destroyed && !this.#closing) {
      this.emit('close', preventable({}));
    }
    this.markClosed();
  }

  markClosed(): void {
    if (!this.#destroyed) {
      this.#destroyed = true;
      this.#visible = false;
      this.#focused = false;
      this.contents.markDestroyed();
      this.emit('closed');
      this.#ports.onClosed(this);
    }
  }

  isDestroyed = (): boolean => this.#destroyed;
  isVisible = (): boolean => this.#visible;
  isFocused = (): boolean => this.#focused;
  isMinimized = (): boolean => this.#minimized;
  isMaximized = (): boolean => this.#maximized;
  isFullScreen = (): boolean => this.#fullScreen;
  isAlwaysOnTop = (): boolean => this.#alwaysOnTop;
  isResizable = (): boolean => this.#resizable;
  isMenuBarVisible = (): boolean => this.#menuBar;
  isVisibleOnAllWorkspaces = (): boolean => this.#allWorkspaces;
  getTitle = (): string => this.#title;
  getBounds = (): Electron.Rectangle => ({ ...this.#bounds });
  getNormalBounds = (): Electron.Rectangle => ({ ...this.#bounds });
  getContentBounds = (): Electron.Rectangle => ({ ...this.#bounds });
  getSize = (): number[] => [this.#bounds.width, this.#bounds.height];
  getContentSize = (): number[] => [this.#bounds.width, this.#bounds.height];
  getPosition = (): number[] => [this.#bounds.x, this.#bounds.y];
  getMinimumSize = (): number[] => [...this.#minimum];

  setTitle(title: string): void {
    this.#title = title;
  }

  setResizable(resizable: boolean): void {
    this.#resizable = resizable;
  }

  setMinimumSize(width: number, height: number): void {
    this.#minimum = [width, height];
  }

  setAlwaysOnTop(flag: boolean): void {
    this.#alwaysOnTop = flag;
    this.emit('always-on-top-changed', preventable({}), flag);
  }

  setVisibleOnAllWorkspaces(visible: boolean): void {
    this.#allWorkspaces = visible;
  }

  setMenuBarVisibility(visible: boolean): void {
    this.#menuBar = visible;
  }

  /** These five belong to a desktop; a page in a browser has nothing that could show them. */
  setSkipTaskbar = (_skip: boolean): void => undefined;
  flashFrame = (_flag: boolean): void => undefined;
  setProgressBar = (_progress: number): void => undefined;
  setBackgroundColor = (_color: string): void => undefined;
  setOverlayIcon = (_overlay: Electron.NativeImage | null, _description: string): void => undefined;

  setBounds(bounds: Partial<Electron.Rectangle>): void {
    const before = this.#bounds;
    this.#bounds = { ...before, ...bounds };
    const { x, y, width, height } = this.#bounds;
    if (width !== before.width || height !== before.height) {
      this.emit('resize');
      this.emit('resized');
    }
    if (x !== before.x || y !== before.y) {
      this.emit('move');
      this.emit('moved');
    }
    if (this.#ports.headless) {
      this.#apply(async ({ page }) => page.setViewportSize({ width, height }));
    } else {
      this.#setWindowBounds({ left: x, top: y, width, height });
    }
  }

  setSize(width: number, height: number): void {
    this.setBounds({ width, height });
  }

  setContentSize(width: number, height: number): void {
    this.setBounds({ width, height });
  }

  setPosition(x: number, y: number): void {
    this.setBounds({ x, y });
  }

  center(): void {
    this.setBounds({
      x: Math.round((1440 - this.#bounds.width) / 2),
      y: Math.round((900 - this.#bounds.height) / 2),
    });
  }

  #setWindowState(windowState: 'normal' | 'minimized' | 'maximized' | 'fullscreen'): void {
    if (!this.#ports.headless) {
      this.#setWindowBounds({ windowState });
    }
  }

  #setWindowBounds(bounds: Readonly<Record<string, unknown>>): void {
    this.#apply(async ({ cdp, targetId }) => {
      const { windowId } = await cdp.send('Browser.getWindowForTarget', { targetId });
      await cdp.send('Browser.setWindowBounds', { windowId, bounds });
    });
  }

  #apply(step: (hosted: HostedPage) => Promise<unknown>): void {
    const failed = (error: unknown): boolean =>
      !this.#destroyed && process.stderr.write(`chromium-shell: ${String(error)}\n`);
    // A microtask later: the constructor shows the window before its contents exist for callers.
    void Promise.resolve()
      .then(async () => this.contents.page())
      .then(step)
      .catch(failed);
  }
}
