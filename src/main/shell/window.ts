import { BrowserWindow, nativeTheme, screen } from 'electron';
import { appUrl } from '../services/appOrigin.ts';

/** `--bg` of the interface in both themes, so that nothing flashes before the page is there. */
const background = { light: '#f6f5f2', dark: '#161513' } as const;

export const themeBackground = (): string =>
  nativeTheme.shouldUseDarkColors ? background.dark : background.light;

const pagePreferences = (preload: string) => ({
  preload,
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  webSecurity: true,
  spellcheck: false,
});

/** The one window of the app. Shown when its first frame is painted, unless `show` is false. */
export function createMainWindow(options: {
  readonly preload: string;
  readonly title: string;
  readonly show: boolean;
}): BrowserWindow {
  const window = new BrowserWindow({
    width: 1080,
    height: 700,
    minWidth: 360,
    minHeight: 480,
    show: false,
    title: options.title,
    backgroundColor: themeBackground(),
    autoHideMenuBar: true,
    webPreferences: {
      ...pagePreferences(options.preload),
      // A call goes on in a window that is covered or minimised.
      backgroundThrottling: false,
      autoplayPolicy: 'no-user-gesture-required',
    },
  });
  window.on('page-title-updated', (event) => event.preventDefault());
  if (options.show) {
    window.once('ready-to-show', () => window.show());
  }
  return window;
}

export const loadMainPage = async (window: BrowserWindow): Promise<void> =>
  window.loadURL(appUrl('index.html'));

/** Brings a window in front of the person, whatever state it is in. */
export function presentWindow(window: BrowserWindow): void {
  if (window.isMinimized()) {
    window.restore();
  }
  window.show();
  window.focus();
}

const popup = { width: 400, height: 150, margin: 16 } as const;

/** The window of an incoming call: made hidden, with its page loaded, so that it appears at once. */
export function createIncomingWindow(options: {
  readonly preload: string;
  readonly title: string;
}): BrowserWindow {
  return new BrowserWindow({
    width: popup.width,
    height: popup.height,
    show: false,
    frame: false,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
    title: options.title,
    backgroundColor: themeBackground(),
    webPreferences: pagePreferences(options.preload),
  });
}

export const loadIncomingPage = async (window: BrowserWindow): Promise<void> =>
  window.loadURL(appUrl('incoming.html'));

/** Top right of the screen that the person works on (top centre on macOS), without taking the focus. */
export function showIncomingWindow(window: BrowserWindow, platform: NodeJS.Platform): void {
  const area = screen.getPrimaryDisplay().workArea;
  const right = area.x + area.width - popup.width - popup.margin;
  const centre = area.x + Math.round((area.width - popup.width) / 2);
  window.setBounds({
    x: platform === 'darwin' ? centre : right,
    y: area.y + popup.margin,
    width: popup.width,
    height: popup.height,
  });
  window.showInactive();
}
