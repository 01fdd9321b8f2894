import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

export interface ChromiumHostOptions {
  readonly browser: string;
  readonly headless: boolean;
  readonly fakeCameras: number | undefined;
  readonly locale: string | undefined;
  /** Read when the browser starts: the app may move its data folder before that. */
  readonly userDataDir: () => string;
  readonly onStart: (facts: BrowserFacts) => void;
}

export interface BrowserFacts {
  /** Where a test process attaches with `connectOverCDP`. */
  readonly endpoint: string;
  /** Undefined where the system does not tell (Windows). */
  readonly pid: number | undefined;
}

export interface HostedPage {
  readonly page: Page;
  readonly cdp: CDPSession;
  readonly targetId: string;
}

/**
 * Off: candidates with mDNS names, which two browsers on a machine without a network cannot resolve
 * (Electron gives real addresses to pages that may use a camera); and the pages that draw Chromium's own
 * toolbar and address bar, a process more for every window that nobody looks at; and the process that waits
 * for a site nobody will open. The others repeat
 * Playwright's list, which a second --disable-features would replace.
 */
const DISABLED_FEATURES = [
  'WebRtcHideLocalIpsWithMdns',
  'InitialWebUI',
  'WebUIReloadButton',
  'WebUIToolbar',
  'PreloadTopChromeWebUI',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'AimEnabled',
  'SpareRendererForSitePerProcess',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'MediaRouter',
  'PaintHolding',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'PreconnectToSearch',
  'Translate',
];

/** What Electron's sessions allow by default; the app's handlers decide before Chromium is asked. */
const PERMISSIONS = [
  'camera',
  'microphone',
  'speaker-selection',
  'notifications',
  'geolocation',
  'display-capture',
];

/** What a window opens with before the app loads anything; `--app` does not take about:blank. */
const BLANK_APP = 'data:text/html,';

const isRoot = process.getuid?.() === 0;

/** One browser with one persistent profile, started when the first window needs it. */
export class ChromiumHost {
  readonly #options: ChromiumHostOptions;
  readonly #expected = new Map<string, (page: HostedPage) => void>();
  readonly #arrived = new Map<string, HostedPage>();
  #context: Promise<BrowserContext> | undefined;
  #creating: Promise<unknown> = Promise.resolve();
  #spare: HostedPage | undefined;
  #closed = false;

  constructor(options: ChromiumHostOptions) {
    this.#options = options;
  }

  /** A blank page in a window of its own; one after the other, so that the first window comes first. */
  async newPage(): Promise<HostedPage> {
    const page = this.#creating.then(async () => (this.#closed ? never<HostedPage>() : this.#create()));
    this.#creating = page.catch(() => undefined);
    return page;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const context = await this.#context?.catch(() => undefined);
    this.#context = undefined;
    await context?.close();
  }

  async #create(): Promise<HostedPage> {
    this.#context ??= this.#launch();
    const context = await this.#context;
    const spare = this.#spare;
    if (spare !== undefined && !spare.page.isClosed()) {
      this.#spare = undefined;
      return spare;
    }
    return this.#options.headless ? this.#createTarget(context) : this.#createAppWindow();
  }

  /** A second start on the same profile opens a window in the running browser, and ends. */
  async #createAppWindow(): Promise<HostedPage> {
    const opened = new Promise<HostedPage>((resolve) => this.#expected.set(BLANK_APP, resolve));
    const { browser, userDataDir } = this.#options;
    const opener = spawn(browser, [...appWindow(), `--user-data-dir=${userDataDir()}`], { stdio: 'ignore' });
    const failed = new Promise<never>((_resolve, reject) => opener.once('error', reject));
    return Promise.race([opened, failed]);
  }

  async #createTarget(context: BrowserContext): Promise<HostedPage> {
    const browser = context.browser();
    if (browser === null) {
      throw new Error('chromium-shell: the browser has gone');
    }
    const session = await browser.newBrowserCDPSession();
    const { targetId } = await session.send('Target.createTarget', {
      url: 'about:blank',
      newWindow: true,
    });
    await session.detach();
    const arrived = this.#arrived.get(targetId);
    return arrived ?? (await new Promise<HostedPage>((resolve) => this.#expected.set(targetId, resolve)));
  }

  async #launch(): Promise<BrowserContext> {
    const { browser, headless, locale } = this.#options;
    const userDataDir = this.#options.userDataDir();
    mkdirSync(userDataDir, { recursive: true });
    const context = await chromium.launchPersistentContext(userDataDir, {
      executablePath: browser,
      headless,
      chromiumSandbox: !isRoot,
      viewport: null,
      ...(locale === undefined ? {} : { locale }),
      ignoreDefaultArgs: headless ? [] : ['--enable-automation', 'about:blank'],
      args: [...this.#args(), ...(headless ? [] : appWindow())],
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    context.setDefaultTimeout(0);
    context.on('close', () => {
      this.#context = undefined;
      this.#spare = undefined;
    });
    const [first] = context.pages();
    this.#spare = first && (await host(context, first));
    context.on('page', (page) => void this.#onPage(context, page));
    await this.#grant(context);
    this.#options.onStart(facts(userDataDir));
    return context;
  }

  #args(): string[] {
    const { fakeCameras } = this.#options;
    const fake =
      fakeCameras === undefined ? [] : [`--use-fake-device-for-media-stream=device-count=${fakeCameras}`];
    return [
      '--remote-debugging-port=0',
      `--disable-features=${DISABLED_FEATURES.join(',')}`,
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
      '--autoplay-policy=no-user-gesture-required',
      // Chromium never asks: the app's permission handlers have already answered.
      '--use-fake-ui-for-media-stream',
      ...fake,
    ];
  }

  async #grant(context: BrowserContext): Promise<void> {
    const session = await context.browser()?.newBrowserCDPSession();
    for (const name of PERMISSIONS) {
      // A permission that this version of Chromium does not know cannot be in its way either.
      await session
        ?.send('Browser.setPermission', { permission: { name }, setting: 'granted' })
        .catch(() => undefined);
    }
  }

  async #onPage(context: BrowserContext, page: Page): Promise<void> {
    const hosted = await host(context, page).catch(() => undefined);
    if (hosted === undefined) {
      return;
    }
    const key = page.url() === BLANK_APP ? BLANK_APP : hosted.targetId;
    const expected = this.#expected.get(key);
    this.#expected.delete(key);
    if (expected !== undefined) {
      expected(hosted);
    } else if ((await page.opener()) === null) {
      this.#arrived.set(hosted.targetId, hosted);
    } else {
      // Opened by a page behind the back of installWindowRules.
      await page.close();
    }
  }
}

/** A window without tabs and address field. As root also without the bar that names the missing sandbox. */
function appWindow(): readonly string[] {
  return [`--app=${BLANK_APP}`, ...(isRoot ? ['--no-sandbox', '--test-type'] : [])];
}

/** What a window that is gone, or whose app is quitting, waits for. */
export async function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

async function host(context: BrowserContext, page: Page): Promise<HostedPage> {
  const cdp = await context.newCDPSession(page);
  const { targetInfo } = await cdp.send('Target.getTargetInfo');
  return { page, cdp, targetId: targetInfo.targetId };
}

function facts(userDataDir: string): BrowserFacts {
  const [port] = readFileSync(join(userDataDir, 'DevToolsActivePort'), 'utf8').split('\n');
  return { endpoint: `http://127.0.0.1:${port ?? ''}`, pid: browserPid(userDataDir) };
}

/** Chromium's own lock is a link to HOST-PID on Linux and macOS. */
function browserPid(userDataDir: string): number | undefined {
  try {
    return Number(readlinkSync(join(userDataDir, 'SingletonLock')).split('-').pop());
  } catch {
    return undefined;
  }
}
