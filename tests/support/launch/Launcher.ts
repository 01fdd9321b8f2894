import type { Page } from 'playwright-core';

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
  clipboardText(): Promise<string>;
  /** What the app gave to the system's browser (`shell.openExternal`), oldest first. */
  openedExternally(): Promise<readonly string[]>;
  emitPower(event: 'suspend' | 'resume'): Promise<void>;
  /** Quits as a person would; ends by force what has not ended after 10 s. */
  close(): Promise<void>;
  /** SIGKILL for every process of the instance, all at once. */
  kill(): Promise<void>;
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
