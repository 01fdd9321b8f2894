import type { PageCall } from './permissions.ts';

/**
 * Sends every attempt to open a window, and every navigation that Chromium would do without a network
 * request, to the main process instead. Runs in the page, so it may refer to nothing outside of itself.
 */
export function installWindowRules(call: PageCall): void {
  const report = (url: string, frameName: string, features: string, disposition: string): void => {
    void call('window.open', { url: new URL(url, document.baseURI).href, frameName, features, disposition });
  };

  window.open = (url, target, features) => {
    report(String(url ?? 'about:blank'), target ?? '', features ?? '', 'new-window');
    return null;
  };

  const onClick = (event: MouseEvent): void => {
    const path = event.composedPath();
    const anchor = path.find((node) => node instanceof HTMLAnchorElement && node.href !== '');
    if (event.defaultPrevented || !(anchor instanceof HTMLAnchorElement) || event.button > 1) {
      return;
    }
    const base = document.querySelector('base')?.target ?? '';
    const target = [anchor.target, base, '_self'].find((name) => name !== '') ?? '_self';
    const aside = event.button === 1 || event.ctrlKey || event.metaKey || event.shiftKey;
    if (aside || !['_self', '_top', '_parent'].includes(target)) {
      event.preventDefault();
      report(anchor.href, target === '_blank' ? '' : target, '', aside ? 'background-tab' : 'foreground-tab');
    }
  };
  window.addEventListener('click', onClick);
  window.addEventListener('auxclick', onClick);

  // Requests over http are held back in the browser process (navigationGuard.ts); these never become one.
  window.navigation.addEventListener('navigate', (event) => {
    const { destination, cancelable } = event;
    const { protocol } = new URL(destination.url);
    if (!destination.sameDocument && cancelable && protocol !== 'http:' && protocol !== 'https:') {
      event.preventDefault();
      void call('navigate', { url: destination.url });
    }
  });
}
