import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { ShellProcess } from './ShellProcess.ts';
import { WINDOW_TIMEOUT_MS } from './Launcher.ts';

/** The pages of a shell's windows, seen from the test process over DevTools. */
export class WindowPages {
  readonly #shell: ShellProcess;
  readonly #pages = new Map<string, Page>();
  readonly #changed = new Set<() => void>();
  #browser: Browser | undefined;
  #attached: Promise<void> | undefined;

  constructor(shell: ShellProcess) {
    this.#shell = shell;
    shell.onWindow(() => this.#announce());
  }

  async main(): Promise<Page> {
    return this.#wait('the main window', (pages) => pages[0]);
  }

  async byUrl(urlPart: string): Promise<Page> {
    return this.#wait(`a window with ${urlPart}`, (pages) =>
      pages.find((page) => page.url().includes(urlPart)),
    );
  }

  /** Open windows whose page has loaded something, oldest first. */
  all(): readonly Page[] {
    return [...this.#shell.targets.values()]
      .map((target) => this.#pages.get(target))
      .filter(
        (page) => page !== undefined && !page.isClosed() && page.url().startsWith('http://localhost:'),
      ) as Page[];
  }

  idOf(page: Page): number | undefined {
    return [...this.#shell.targets].find(([, target]) => this.#pages.get(target) === page)?.[0];
  }

  async detach(): Promise<void> {
    await this.#browser?.close().catch(() => undefined);
  }

  async #wait(what: string, pick: (pages: readonly Page[]) => Page | undefined): Promise<Page> {
    this.#attached ??= this.#attach();
    await this.#attached;
    const found = Promise.withResolvers<Page>();
    const look = (): void => {
      const page = pick(this.all());
      if (page !== undefined) {
        found.resolve(page);
      }
    };
    const timer = setTimeout(() => {
      found.reject(
        new Error(`${what} did not appear within ${WINDOW_TIMEOUT_MS} ms\n${this.#shell.output()}`),
      );
    }, WINDOW_TIMEOUT_MS);
    void this.#shell.exited.then(() =>
      found.reject(new Error(`the app exited before ${what} appeared\n${this.#shell.output()}`)),
    );
    this.#changed.add(look);
    look();
    try {
      return await found.promise;
    } finally {
      clearTimeout(timer);
      this.#changed.delete(look);
    }
  }

  async #attach(): Promise<void> {
    const { endpoint } = await this.#shell.browser;
    // Without defaults: the shell emulates what the app and the launch asked for, and that has to hold.
    this.#browser = await chromium.connectOverCDP(endpoint, { isLocal: true, noDefaults: true });
    const [context] = this.#browser.contexts();
    if (context === undefined) {
      throw new Error('the browser of the shell has no context');
    }
    context.on('page', (page) => void this.#add(context, page));
    await Promise.all(context.pages().map(async (page) => this.#add(context, page)));
  }

  async #add(context: BrowserContext, page: Page): Promise<void> {
    try {
      const session = await context.newCDPSession(page);
      const { targetInfo } = await session.send('Target.getTargetInfo');
      await session.detach();
      this.#pages.set(targetInfo.targetId, page);
      page.on('framenavigated', () => this.#announce());
      this.#announce();
    } catch {
      // Closed while it was being asked: no window any more.
    }
  }

  #announce(): void {
    for (const look of this.#changed) {
      look();
    }
  }
}
