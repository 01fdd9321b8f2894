import { app } from 'electron';

/**
 * Links that macOS opens come as an event, also before the app is ready, so this is called first of all.
 * Elsewhere they come as arguments, of this instance or of a second one.
 */
export function onLinkOpened(listener: (link: string) => void): void {
  app.on('open-url', (event, url) => {
    event.preventDefault();
    listener(url);
  });
}

/**
 * Makes `peerline:` links open this app. Not from a checkout: the system would start Electron without an app.
 * On Linux this counts once the desktop entry is installed (docs/links.md).
 */
export function claimLinks(platform: NodeJS.Platform): void {
  if (!app.isPackaged) {
    return;
  }
  if (platform === 'win32') {
    // What follows `--` is no option, so that a link cannot be made to look like one.
    app.setAsDefaultProtocolClient('peerline', process.execPath, ['--']);
  } else {
    app.setAsDefaultProtocolClient('peerline');
  }
}
