import type { Page } from 'playwright-core';
import type { DialogAnswer, ShownDialog } from '#tests/chromium-shell/dialogs.ts';
import type { MenuFacts } from '#tests/chromium-shell/menus.ts';

export interface LaunchOptions {
  /** Holds every profile of this instance; the app gets it as PEERLINE_DATA_DIR. */
  readonly userDataRoot: string;
  /** The app's own arguments, such as `--profile NAME` and `--server URL`. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Fake cameras, 0 to 9; default 2. */
  readonly cameras?: number;
  /** Fake microphones, 0 to 2; default 2. Chromium's entry `default` comes on top, as on a real computer. */
  readonly microphones?: number;
  /** Runs before any script of any page, the app's preload included. */
  readonly initScript?: string;
  /** Default: where there is no display. Electron has no headless mode. */
  readonly headless?: boolean;
  /** BCP 47, such as `zh-CN`. */
  readonly locale?: string;
  /** What the desktop prefers. */
  readonly colorScheme?: 'light' | 'dark';
  /** Size of the main window's content in CSS pixels; default: what the app asks for. */
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One running instance of the built app. */
export interface RunningApp {
  readonly launcher: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The first window; rejects, with the app's output, when the app ends without one. */
  mainWindow(): Promise<Page>;
  /** A window whose URL contains `urlPart`; waits for it. */
  waitForWindow(urlPart: string): Promise<Page>;
  windows(): readonly Page[];
  /** Everything written to stdout and stderr so far. */
  output(): string;
  /** Closes a window as a person would: the app may keep or hide it. */
  closeWindow(page: Page): Promise<void>;
  /** The person goes on in another program; the window stays where it is. */
  blurWindow(page: Page): Promise<void>;
  /** Whether a person could see the window; a hidden one has its page all the same. */
  isShown(page: Page): Promise<boolean>;
  clipboardText(): Promise<string>;
  /** What the app gave to the system's browser (`shell.openExternal`), oldest first. */
  openedExternally(): Promise<readonly string[]>;
  emitPower(event: 'suspend' | 'resume'): Promise<void>;
  /**
   * How the person answers the next dialog of the system that has no answer yet; without one a question gets
   * its default button and a file is not saved.
   */
  answerDialog(answer: DialogAnswer): Promise<void>;
  /** Dialogs of the system so far, oldest first. */
  shownDialogs(): Promise<readonly ShownDialog[]>;
  /** What shows outside of the windows. */
  attention(): Promise<Attention>;
  /** Presses an entry of the tray's menu, named by the labels on the way to it; none: the icon itself. */
  pressTray(labels: readonly string[]): Promise<void>;
  /** Opens a link as macOS does it: with an event. Elsewhere a second instance brings it as an argument. */
  openUrl(url: string): Promise<void>;
  /** The instance that this one starts in its place when it ends; waits for the end. */
  relaunched(): Promise<RunningApp>;
  /** Quits as a person would; ends by force what has not ended after 10 s. */
  close(): Promise<void>;
  /** SIGKILL for every process of the instance, all at once. */
  kill(): Promise<void>;
}

export interface Attention {
  /** The number on the dock or the launcher. */
  readonly badge: number;
  /** Null: there is no tray icon. */
  readonly tray: { readonly toolTip: string; readonly menu: readonly MenuFacts[] } | null;
}

type Availability =
  | { readonly available: true }
  /** `reason`: one sentence. */
  | { readonly available: false; readonly reason: string };

export interface Launcher {
  readonly name: 'electron' | 'chromium-shell';
  available(): Promise<Availability>;
  launch(options: LaunchOptions): Promise<RunningApp>;
}

/** The folder of the app that is launched: the one with the project's package.json. */
export const projectFolder = new URL('../../../', import.meta.url);

/** How long a window may take to appear. */
export const WINDOW_TIMEOUT_MS = 30_000;
