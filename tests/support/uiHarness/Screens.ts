import { chromium, type Browser, type Page } from '@playwright/test';
import type { Locale } from '#shared/settings.ts';
import { ensureBrowser } from '../../../scripts/support/browser.ts';
import { pageHeaders } from '../../../src/main/services/assets/pageHeaders.ts';
import { acts } from './acts.ts';
import { scenesAt } from './scenes.ts';
import { builtHarness } from './buildHarness.ts';
import { serveFolder } from './serveFolder.ts';

export interface ScreenOptions {
  readonly scene: string;
  readonly locale?: Locale;
  readonly theme?: 'light' | 'dark';
  readonly size?: { readonly width: number; readonly height: number };
  /** The page's timers run only when the test says so (`page.clock`). */
  readonly fakeTime?: boolean;
}

/** Any moment will do, milliseconds since the epoch. */
const startOfTime = Date.UTC(2026, 0, 10, 12);

/** A rendered screen and what went wrong while it was made. */
export interface Screen {
  readonly page: Page;
  /** Uncaught errors, console errors and violations of the content security policy. */
  readonly problems: readonly string[];
  readonly close: () => Promise<void>;
}

/** Renders the interface, built as for release, in a real browser under the app's own page headers. */
export class Screens {
  readonly #browser: Browser;
  readonly #server: Awaited<ReturnType<typeof serveFolder>>;
  /** Pages that were given back: to make one takes longer than to show a screen on it. */
  readonly #spare: Page[] = [];

  private constructor(browser: Browser, server: Awaited<ReturnType<typeof serveFolder>>) {
    this.#browser = browser;
    this.#server = server;
  }

  /** `shared`: a folder in which the built interface is, or will be for others as well. */
  static async open(shared: string): Promise<Screens> {
    const server = await serveFolder(await builtHarness(shared), pageHeaders);
    const browser = await chromium.launch({
      executablePath: await ensureBrowser(),
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
    return new Screens(browser, server);
  }

  async show(options: ScreenOptions): Promise<Screen> {
    const { scene, locale = 'en', theme = 'light', size = { width: 1080, height: 700 } } = options;
    const fakeTime = options.fakeTime === true;
    const page = (fakeTime ? undefined : this.#spare.pop()) ?? (await this.#newPage());
    await page.setViewportSize(scene.startsWith('popup') ? { width: 400, height: 150 } : size);
    await page.emulateMedia({ media: null, colorScheme: theme, reducedMotion: 'reduce' });
    if (fakeTime) {
      // `install` alone lets the time go on as the wall clock does.
      await page.clock.install({ time: startOfTime });
      await page.clock.pauseAt(startOfTime + 1_000);
    }
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        problems.push(message.text());
      }
    });
    await page.goto(`${this.#server.url}/harness.html?${new URLSearchParams({ scene, locale, theme })}`);
    await page
      .locator('#app > *')
      .first()
      .waitFor({ timeout: 10_000 })
      .catch((error: unknown) => problems.push(String(error)));
    if (scenesAt(0)[scene]?.call !== undefined) {
      await wholeCall(page, fakeTime);
    }
    await acts[scene]?.(page);
    await page.evaluate(async () => document.fonts.ready);
    return { page, problems, close: async () => (fakeTime ? page.context().close() : this.#giveBack(page)) };
  }

  /** Shows a screen for as long as `act` takes. */
  async on(options: ScreenOptions, act: (page: Page, screen: Screen) => Promise<void>): Promise<void> {
    const screen = await this.show(options);
    try {
      await act(screen.page, screen);
    } finally {
      await screen.close();
    }
  }

  async #newPage(): Promise<Page> {
    const context = await this.#browser.newContext();
    return context.newPage();
  }

  async #giveBack(page: Page): Promise<void> {
    page.removeAllListeners();
    await page.mouse.move(0, 0);
    this.#spare.push(page);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
  }
}

/** The controls of a call come a moment after its picture. */
async function wholeCall(page: Page, fakeTime: boolean): Promise<void> {
  const running = page.locator('main[data-testid="call-view"]:not([data-phase="ended"])');
  if ((await running.count()) === 0) {
    return;
  }
  if (fakeTime) {
    await page.clock.runFor(200);
  }
  await page.getByTestId('hang-up').waitFor();
}

/** Elements that stick out of the window, or texts wider than their box that do not say so with an ellipsis. */
export async function overflowing(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>('#app *, [role="menu"], [role="dialog"]')) {
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      if (box.width === 0 || style.clipPath !== 'none' || element.closest('video, svg') !== null) {
        continue;
      }
      const name = `${element.tagName.toLowerCase()}.${element.className}`;
      if (box.right > innerWidth + 1 || box.left < -1) {
        found.push(`${name} lies outside of the window`);
      }
      // Vue marks the ends of a fragment with empty texts.
      const text = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== '',
      );
      const cut = text && element.scrollWidth > element.clientWidth + 1 && style.overflowX === 'visible';
      if (cut && element.clientWidth > 0 && style.display !== 'inline') {
        found.push(`${name} is too narrow: ${element.innerText.trim().slice(0, 40)}`);
      }
    }
    return found;
  });
}
