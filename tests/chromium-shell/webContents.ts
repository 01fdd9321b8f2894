import { EventEmitter } from 'node:events';
import type { Frame, Page } from 'playwright-core';
import type { HostedPage } from './chromiumHost.ts';
import { never } from './chromiumHost.ts';
import type { Frames } from './frames.ts';
import type { ShellIpcMain } from './ipc.ts';
import { codec } from './ipc.ts';
import { NavigationGuard } from './navigationGuard.ts';
import { guard, NotImplementedError } from './notImplemented.ts';
import { pageScript } from './page/pageScript.ts';
import { answerPage } from './pageRequests.ts';
import { readPreload } from './preloadFile.ts';
import { preventable } from './preventable.ts';
import type { ProtocolServer } from './protocolServer.ts';
import type { ShellSession } from './session.ts';

/** `will-attach-webview`, `unresponsive` and `responsive` cannot come about here: no webviews, no watchdog. */
const EVENTS = [
  ...['will-navigate', 'will-frame-navigate', 'did-navigate', 'did-navigate-in-page', 'did-start-loading'],
  ...[
    'did-stop-loading',
    'did-finish-load',
    'did-fail-load',
    'dom-ready',
    'console-message',
    'preload-error',
  ],
  ...[
    'render-process-gone',
    'destroyed',
    'page-title-updated',
    'will-attach-webview',
    'unresponsive',
    'responsive',
  ],
];

export interface WebContentsOptions {
  readonly id: number;
  readonly preferences: Electron.WebPreferences;
  readonly server: ProtocolServer;
  readonly session: ShellSession;
  readonly ipcMain: ShellIpcMain;
  readonly frames: Frames;
  readonly clipboard: { text: string };
  readonly initScript: string | undefined;
  /** A fresh page; again after a crash. */
  readonly openPage: () => Promise<HostedPage>;
  readonly onPage: (hosted: HostedPage) => Promise<void>;
  readonly onPageClosed: () => void;
}

type ContentsMethods = Partial<
  Omit<Electron.WebContents, keyof EventEmitter | 'mainFrame' | 'session' | 'ipc'>
>;

/** One page with its preload, messages, navigation rules and events. */
export class ShellWebContents extends EventEmitter implements ContentsMethods {
  readonly id: number;
  readonly exposed: Electron.WebContents;
  readonly #options: WebContentsOptions;
  #opening: Promise<HostedPage>;
  #hosted: HostedPage | undefined;
  #guard: NavigationGuard | undefined;
  #windowOpenHandler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0] | undefined;
  #outbox: { channel: string; args: string }[] = [];
  #sending: Promise<unknown> = Promise.resolve();
  #url = '';
  #title = '';
  #crashed = false;
  #destroyed = false;

  constructor(options: WebContentsOptions) {
    super();
    this.id = options.id;
    this.#options = options;
    this.exposed = guard('webContents', this, EVENTS);
    this.#opening = this.#open();
    this.#opening.catch((error: unknown) => this.#fail(error));
  }

  get mainFrame(): Electron.WebFrameMain {
    if (this.#hosted === undefined) {
      throw new Error('Render frame was disposed before WebFrameMain could be accessed');
    }
    return this.#options.frames.of(this.#hosted.page.mainFrame());
  }

  get session(): Electron.Session {
    return this.#options.session.exposed;
  }

  /** The page once it exists. */
  async page(): Promise<HostedPage> {
    return this.#opening;
  }

  getURL(): string {
    return this.#url;
  }

  getTitle(): string {
    return this.#title;
  }

  getType(): 'window' {
    return 'window';
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  isCrashed(): boolean {
    return this.#crashed;
  }

  setWindowOpenHandler(handler: Parameters<Electron.WebContents['setWindowOpenHandler']>[0]): void {
    this.#windowOpenHandler = handler;
  }

  send(channel: string, ...args: unknown[]): void {
    this.#outbox.push({ channel, args: codec.encode(args) });
    this.#sending = this.#sending.then(async () => this.#flush());
  }

  async loadURL(url: string): Promise<void> {
    const target = await this.#options.server.toHttp(url);
    try {
      const hosted = await this.#alivePage();
      this.#guard?.expect(target);
      await hosted.page.goto(target, { waitUntil: 'load' });
    } catch (error) {
      if (this.#destroyed) {
        return never();
      }
      const [, code = 'ERR_FAILED'] = /net::(ERR_\w+)/.exec(String(error)) ?? [];
      this.emit('did-fail-load', preventable({}), -2, code, url, true);
      throw new Error(`${code} (-2) loading '${url}'`, { cause: error });
    }
  }

  reload(): void {
    const again = this.#crashed
      ? this.loadURL(this.#url)
      : this.#opening.then(async ({ page }) => page.reload());
    again.catch((error: unknown) => this.#fail(error));
  }

  /** Closes the page without asking it. */
  async destroyPage(): Promise<void> {
    const hosted = await this.#opening.catch(() => undefined);
    if (hosted?.page.isClosed() === false) {
      await hosted.page.close().catch(() => undefined);
    }
  }

  markDestroyed(): void {
    if (!this.#destroyed) {
      this.#destroyed = true;
      this.emit('destroyed');
    }
  }

  async #alivePage(): Promise<HostedPage> {
    if (this.#crashed) {
      const gone = this.#hosted;
      this.#crashed = false;
      this.#opening = this.#open();
      await this.#opening;
      await gone?.page.close().catch(() => undefined);
    }
    return this.#opening;
  }

  async #open(): Promise<HostedPage> {
    const hosted = await this.#options.openPage();
    const { page, cdp, targetId } = hosted;
    this.#hosted = hosted;
    this.#guard = new NavigationGuard({
      cdp,
      mainFrameId: targetId,
      currentUrl: () => page.url(),
      mayNavigate: (url, isMainFrame) => this.#mayNavigate(url, isMainFrame),
    });
    await this.#guard.start();
    this.#listen(page);
    const binding = `__chromiumShell${this.id}`;
    await page.exposeBinding(binding, async ({ frame }, text: string) => this.#answer(frame, text));
    if (this.#options.initScript !== undefined) {
      await page.addInitScript({ content: this.#options.initScript });
    }
    const preload = readPreload(this.#options.preferences, this.#deliver);
    await page.addInitScript({ content: pageScript({ binding, preload }) });
    await this.#options.onPage(hosted);
    return hosted;
  }

  get #deliver(): string {
    return `__chromiumShellDeliver${this.id}`;
  }

  async #answer(frame: Frame, text: string): Promise<string> {
    const isMainFrame = frame.parentFrame() === null;
    const url = this.#options.server.origins.toApp(frame.url());
    const asker = { contents: this.exposed, frame: this.#options.frames.of(frame), url, isMainFrame };
    const ports = {
      ...this.#options,
      openWindow: (request: Electron.HandlerDetails) => this.#openWindow(request),
      navigate: (target: string) => this.#navigate(target),
      preloadFailed: (message: string) => this.#preloadFailed(message),
    };
    return answerPage(ports, asker, text);
  }

  async #flush(): Promise<void> {
    const { cdp } = await this.#opening;
    const messages = this.#outbox.splice(0);
    if (messages.length > 0 && !this.#destroyed) {
      const expression = `globalThis[${JSON.stringify(this.#deliver)}]?.(${JSON.stringify(messages)})`;
      // A page that is leaving or has crashed loses its messages, as in Electron.
      await cdp.send('Runtime.evaluate', { expression }).catch(() => undefined);
    }
  }

  #mayNavigate(httpUrl: string, isMainFrame: boolean): boolean {
    const url = this.#options.server.origins.toApp(httpUrl);
    const frame = isMainFrame ? this.mainFrame : null;
    const event = preventable({ url, isMainFrame, isSameDocument: false, frame, initiator: frame });
    if (isMainFrame) {
      this.emit('will-navigate', event, url, false, true);
    }
    if (!event.defaultPrevented) {
      this.emit('will-frame-navigate', event);
    }
    return !event.defaultPrevented;
  }

  #navigate(url: string): void {
    if (this.#mayNavigate(url, true)) {
      this.#hosted?.page.goto(url).catch((error: unknown) => this.#fail(error));
    }
  }

  #openWindow(request: Electron.HandlerDetails): void {
    const url = this.#options.server.origins.toApp(request.url);
    const answer = this.#windowOpenHandler?.({ ...request, url, referrer: { url: '', policy: 'default' } });
    if (answer?.action !== 'deny') {
      throw new NotImplementedError(`opening a window for ${url} (setWindowOpenHandler did not deny it)`);
    }
  }

  #preloadFailed(message: string): void {
    process.stderr.write(`Unable to load preload script: ${message}\n`);
    this.emit('preload-error', preventable({}), this.#options.preferences.preload, new Error(message));
  }

  #fail(error: unknown): void {
    if (!this.#destroyed) {
      process.stderr.write(`chromium-shell: ${String(error)}\n`);
    }
  }

  #listen(page: Page): void {
    const { origins } = this.#options.server;
    const isCurrent = (): boolean => this.#hosted?.page === page;
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame() && page.url() !== 'about:blank') {
        this.#url = origins.toApp(page.url());
        this.emit('did-navigate', preventable({}), this.#url, 200, 'OK');
      }
    });
    page.on('domcontentloaded', () => this.emit('dom-ready', preventable({})));
    page.on('load', () => {
      this.emit('did-finish-load', preventable({}));
      this.emit('did-stop-loading', preventable({}));
      void this.#readTitle(page);
    });
    page.on('console', (message) => {
      const { url, lineNumber } = message.location();
      const levels: Readonly<Record<string, string>> = { error: 'error', warning: 'warning', debug: 'debug' };
      this.#console(levels[message.type()] ?? 'info', message.text(), lineNumber, origins.toApp(url));
    });
    page.on('pageerror', (error) =>
      this.#console('error', `Uncaught ${error.stack ?? error.message}`, 0, this.#url),
    );
    page.on('crash', () => {
      this.#crashed = true;
      this.emit('render-process-gone', preventable({}), { reason: 'crashed', exitCode: 11 });
    });
    page.on('close', () => isCurrent() && this.#options.onPageClosed());
  }

  #console(level: string, message: string, lineNumber: number, sourceId: string): void {
    this.emit(
      'console-message',
      preventable({ level, message, lineNumber, sourceId, frame: this.mainFrame }),
    );
  }

  async #readTitle(page: Page): Promise<void> {
    const title = await page.title().catch(() => this.#title);
    if (title !== this.#title) {
      this.#title = title;
      this.emit('page-title-updated', preventable({}), title, true);
    }
  }
}
