import { createServer, type Server } from 'node:http';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { build } from 'vite';
import type { EngineHarness, PeerOptions } from './page.ts';

declare global {
  interface Window {
    readonly harness: EngineHarness;
  }
}

const executablePath = process.env.PEERLINE_CHROMIUM ?? '/usr/bin/chromium';

const flags = [
  '--no-sandbox',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream=device-count=3',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--disable-background-timer-throttling',
];

async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    root: import.meta.dirname,
    build: {
      write: false,
      minify: false,
      target: 'es2024',
      lib: { entry: `${import.meta.dirname}/page.ts`, formats: ['es'], fileName: 'page' },
    },
  });
  const output = [result].flat().at(0);
  if (output === undefined || !('output' in output)) {
    throw new Error('the page was not built');
  }
  return output.output[0].code;
}

async function serve(script: string): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript
        ? script
        : '<!doctype html><title>engine</title><body><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('the page has no address');
  }
  return { server, url: `http://localhost:${address.port}/` };
}

/** Two windows, each with an engine in it. */
export interface WindowPair {
  readonly a: Page;
  readonly b: Page;
}

export interface PairOptions {
  readonly a?: PeerOptions;
  readonly b?: PeerOptions;
}

/** The engine's page in real Chromium with fake devices. */
export class EngineBrowser {
  readonly #server: Server;
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  readonly #opener: Page;
  readonly #url: string;
  readonly log: string[] = [];

  private constructor(parts: {
    server: Server;
    browser: Browser;
    context: BrowserContext;
    opener: Page;
    url: string;
  }) {
    this.#server = parts.server;
    this.#browser = parts.browser;
    this.#context = parts.context;
    this.#opener = parts.opener;
    this.#url = parts.url;
  }

  /** `more`: further switches of Chromium. */
  static async launch(more: readonly string[] = []): Promise<EngineBrowser> {
    const { server, url } = await serve(await bundle());
    const browser = await chromium.launch({ executablePath, args: [...flags, ...more] });
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    const opener = await context.newPage();
    return new EngineBrowser({ server, browser, context, opener, url });
  }

  /**
   * A page in a window of its own: a tab behind another one shows one frame a second. Popups share the
   * context of their opener, as two windows of one browser do.
   */
  async page(): Promise<Page> {
    const [opened] = await Promise.all([
      this.#context.waitForEvent('page'),
      this.#opener.evaluate(() => void window.open('about:blank', '_blank', 'popup,width=800,height=600')),
    ]);
    const page = opened;
    page.on('console', (message) => this.log.push(message.text()));
    page.on('pageerror', (error) => this.log.push(String(error)));
    await page.goto(this.#url);
    await page.waitForFunction(() => 'harness' in window);
    return page;
  }

  /** A fresh pair; `a` has the lower id and is therefore the polite one. */
  async pair(options: PairOptions = {}): Promise<WindowPair> {
    const a = await this.page();
    const b = await this.page();
    await a.evaluate((own) => window.harness.create('AAAA', own), options.a);
    await b.evaluate((own) => window.harness.create('BBBB', own), options.b);
    return { a, b };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
