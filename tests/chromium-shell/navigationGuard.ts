import type { CDPSession } from 'playwright-core';

interface PausedRequest {
  readonly requestId: string;
  readonly frameId: string;
  readonly request: { readonly url: string };
  readonly redirectedRequestId?: string;
}

export interface NavigationGuardOptions {
  readonly cdp: CDPSession;
  readonly mainFrameId: string;
  /** What the main frame shows now. */
  readonly currentUrl: () => string;
  /** False when the app has prevented the navigation. */
  readonly mayNavigate: (url: string, isMainFrame: boolean) => boolean;
}

/**
 * Holds every document request back until the app has had its `will-navigate`. Chromium does not say who
 * began a navigation, so that everything counts as the page's own except what the app itself loads and a
 * reload.
 */
export class NavigationGuard {
  readonly #options: NavigationGuardOptions;
  #expected: string | undefined;

  constructor(options: NavigationGuardOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { cdp } = this.#options;
    cdp.on('Fetch.requestPaused', (event) => void this.#decide(event).catch(() => undefined));
    await cdp.send('Fetch.enable', { patterns: [{ resourceType: 'Document', requestStage: 'Request' }] });
  }

  /** The next navigation to `url` is the app's own. */
  expect(url: string): void {
    this.#expected = withoutHash(url);
  }

  async #decide({ requestId, frameId, request, redirectedRequestId }: PausedRequest): Promise<void> {
    const { cdp, mainFrameId, currentUrl, mayNavigate } = this.#options;
    const url = withoutHash(request.url);
    const isMainFrame = frameId === mainFrameId;
    const own =
      redirectedRequestId !== undefined || url === this.#expected || url === withoutHash(currentUrl());
    if ((isMainFrame && own) || mayNavigate(request.url, isMainFrame)) {
      await cdp.send('Fetch.continueRequest', { requestId });
    } else {
      await cdp.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
    }
    if (isMainFrame) {
      this.#expected = undefined;
    }
  }
}

function withoutHash(url: string): string {
  return url.split('#', 1)[0] ?? url;
}
