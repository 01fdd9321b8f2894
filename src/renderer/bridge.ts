import type { DesktopBridge } from '#shared/ipc/types.ts';

declare global {
  interface Window {
    readonly peerline?: DesktopBridge;
  }
}

/** What the preload put on the page; the only place in the renderer that looks for it. */
export function desktopBridge(): DesktopBridge {
  if (window.peerline === undefined) {
    throw new Error('the preload did not run: window.peerline is missing');
  }
  return window.peerline;
}
