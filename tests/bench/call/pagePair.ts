import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumArguments } from '#tests/support/bench/chromiumArguments.ts';
import { answerDelayMs, callTimes, type CallTimes } from './subject.ts';

/** As large as a new window of the app: a picture that has to be scaled, or drawn larger, costs more. */
const viewport = { width: 1080, height: 700 } as const;

/** Two plain pages in two browser processes, as two people would have them, served from this machine. */
export class PagePair {
  readonly #scripts: readonly string[];
  #server: Server | undefined;
  #browsers: Browser[] = [];

  /** `scripts`: source texts that both pages run, in order. */
  constructor(scripts: readonly string[]) {
    this.#scripts = scripts;
  }

  async open(executablePath: string): Promise<readonly [Page, Page]> {
    const server = createServer((request, response) => {
      const script = /^\/(\d+)\.js$/.exec(request.url ?? '')?.[1];
      if (script !== undefined) {
        response
          .setHeader('content-type', 'text/javascript; charset=utf-8')
          .end(this.#scripts[Number(script)]);
        return;
      }
      const tags = this.#scripts.map((_, index) => `<script src="/${index}.js"></script>`).join('');
      response
        .setHeader('content-type', 'text/html; charset=utf-8')
        .end(
          `<!doctype html><title>peer</title><style>body { margin: 0 } video { width: 100vw; height: 100vh }</style>` +
            `<video autoplay playsinline muted></video>${tags}`,
        );
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
    const open = async () => {
      const browser = await chromium.launch({ executablePath, headless: true, args: chromiumArguments() });
      this.#browsers.push(browser);
      const context = await browser.newContext({ permissions: ['camera', 'microphone'], viewport });
      const page = await context.newPage();
      await page.goto(url);
      return page;
    };
    return [await open(), await open()];
  }

  async close(): Promise<void> {
    await Promise.all(this.#browsers.map(async (browser) => browser.close()));
    this.#browsers = [];
    this.#server?.close();
  }
}

/**
 * In both plain pages: the clock, captured media, and the first frame of a stream. A page captures from before its
 * call until after it, as the home page of the app does, and not while it is the turn of others.
 */
export const pageHelpers = `
  const now = () => performance.timeOrigin + performance.now();
  let media;
  window.wake = async () => {
    media = navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720, frameRate: 30 } });
    await media;
  };
  window.rest = async () => {
    for (const track of (await media).getTracks()) track.stop();
  };
  const firstFrame = (stream) => new Promise((resolve) => {
    const video = document.querySelector('video');
    video.srcObject = stream;
    video.requestVideoFrameCallback(() => resolve(now()));
  });
  const clearVideo = () => { document.querySelector('video').srcObject = null; };
`;

/** A call between pages that define `dial`, `rang`, `accept`, `frame` and `end` (see bare.ts), up to its pictures. */
export async function connectPages(caller: Page, callee: Page): Promise<CallTimes> {
  await Promise.all([caller, callee].map(async (page) => page.evaluate('wake()')));
  const dialled = await caller.evaluate<number>('dial()');
  await callee.waitForFunction('window.rang !== undefined');
  const rang = await callee.evaluate<number>('window.rang');
  await sleep(answerDelayMs);
  const accepted = await callee.evaluate<number>('accept()');
  const [callerFrame, calleeFrame] = await Promise.all([
    caller.evaluate<number>('window.frame'),
    callee.evaluate<number>('window.frame'),
  ]);
  return callTimes({ dialled, rang, accepted, callerFrame, calleeFrame });
}

/** Lines of the picture that each page shows. */
export const shownHeights = async (pages: readonly Page[]): Promise<readonly number[]> =>
  Promise.all(
    pages.map(async (page) => page.evaluate<number>(`document.querySelector('video').videoHeight`)),
  );

export async function endPages(pages: readonly Page[]): Promise<void> {
  await Promise.all(pages.map(async (page) => page.evaluate('end(); rest()')));
}
