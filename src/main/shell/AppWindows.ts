import type { BrowserWindow, WebContents } from 'electron';
import type { WindowRole } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import type { EndCause } from '../services/calls/ActiveCall.ts';
import type { IpcHost } from './ipcHost.ts';
import {
  createIncomingWindow,
  createMainWindow,
  loadIncomingPage,
  loadMainPage,
  presentWindow,
  showIncomingWindow,
  themeBackground,
} from './window.ts';

/** A page that dies more often than this within a minute is not loaded again. */
const crashLimit = 3;
const crashWindowMs = 60_000;

/** The two windows of the app: made, found, brought back. What to do about a call in them is for the owner. */
export class AppWindows {
  readonly #preload: string;
  readonly #title: string;
  readonly #platform: NodeJS.Platform;
  readonly #ipc: IpcHost;
  readonly #logger: Logger;
  readonly #onMainGone: (cause: EndCause) => void;
  readonly #onMainFocus: (focused: boolean) => void;
  readonly #staysWhenClosed: () => boolean;
  readonly #now: () => number;
  #main: BrowserWindow | undefined;
  #incoming: BrowserWindow | undefined;
  /** A call may ring before the small window is there. */
  #incomingWanted = false;
  #crashes: number[] = [];

  constructor(options: {
    readonly preload: string;
    readonly title: string;
    readonly platform: NodeJS.Platform;
    readonly ipc: IpcHost;
    readonly logger: Logger;
    /** The page in the main window is gone for good (`quit`) or until it is loaded again (`crashed`). */
    readonly onMainGone: (cause: EndCause) => void;
    readonly onMainFocus: (focused: boolean) => void;
    /** Whether closing the main window only hides it. */
    readonly staysWhenClosed: () => boolean;
    /** Wall clock, milliseconds. */
    readonly now: () => number;
  }) {
    this.#preload = options.preload;
    this.#title = options.title;
    this.#platform = options.platform;
    this.#ipc = options.ipc;
    this.#logger = options.logger;
    this.#onMainGone = options.onMainGone;
    this.#onMainFocus = options.onMainFocus;
    this.#staysWhenClosed = options.staysWhenClosed;
    this.#now = options.now;
  }

  /** The main window, if it is there. */
  get main(): BrowserWindow | undefined {
    return this.#main;
  }

  /** Makes the windows that are not there. */
  async open(options: { readonly show: boolean }): Promise<void> {
    this.#main ??= this.#openMain(options.show);
    await loadMainPage(this.#main);
    this.#incoming ??= this.#openIncoming();
    await loadIncomingPage(this.#incoming);
    if (this.#incomingWanted) {
      this.showIncoming();
    }
  }

  roleOf(contents: WebContents): WindowRole | undefined {
    if (this.#main !== undefined && contents === this.#main.webContents) {
      return 'main';
    }
    return this.#incoming !== undefined && contents === this.#incoming.webContents ? 'incoming' : undefined;
  }

  /** Brings the main window to the front; false when there is none. */
  presentMain(): boolean {
    if (this.#main === undefined) {
      return false;
    }
    presentWindow(this.#main);
    return true;
  }

  showIncoming(): void {
    this.#incomingWanted = true;
    if (this.#incoming !== undefined) {
      showIncomingWindow(this.#incoming, this.#platform);
    }
  }

  hideIncoming(): void {
    this.#incomingWanted = false;
    this.#incoming?.hide();
  }

  /** Follows the theme where the page does not paint yet. */
  themeChanged(): void {
    this.#main?.setBackgroundColor(themeBackground());
    this.#incoming?.setBackgroundColor(themeBackground());
  }

  #openMain(show: boolean): BrowserWindow {
    const window = createMainWindow({ preload: this.#preload, title: this.#title, show });
    this.#ipc.attach('main', window);
    window.on('focus', () => this.#onMainFocus(true));
    window.on('blur', () => this.#onMainFocus(false));
    window.on('close', (event) => {
      if (this.#staysWhenClosed()) {
        event.preventDefault();
        window.hide();
      }
    });
    window.on('closed', () => {
      this.#main = undefined;
      this.#onMainFocus(false);
      this.#onMainGone('quit');
      // Hidden as it is, it would keep the app alive.
      this.#incoming?.destroy();
    });
    window.webContents.on('render-process-gone', (_event, details) => {
      this.#logger.error('page died', { reason: details.reason, exitCode: details.exitCode });
      this.#onMainGone('crashed');
      this.#reload(window);
    });
    return window;
  }

  #openIncoming(): BrowserWindow {
    const window = createIncomingWindow({ preload: this.#preload, title: this.#title });
    this.#ipc.attach('incoming', window);
    window.on('closed', () => {
      this.#incoming = undefined;
    });
    return window;
  }

  #reload(window: BrowserWindow): void {
    const now = this.#now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < crashWindowMs), now];
    if (this.#crashes.length > crashLimit || window.isDestroyed()) {
      return;
    }
    loadMainPage(window).catch((error: unknown) => this.#logger.error('page not loaded', { error }));
  }
}
