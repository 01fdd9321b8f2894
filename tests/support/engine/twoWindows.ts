import type { Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import { EngineBrowser, type PairOptions, type WindowPair } from './browser.ts';

/** A fresh pair of windows; both are closed when the test is over. */
export async function openPair(browser: EngineBrowser, options: PairOptions = {}): Promise<WindowPair> {
  const pair = await browser.pair(options);
  onTestFinished(async () => {
    await Promise.all([pair.a.close(), pair.b.close()]);
  });
  return pair;
}

/** One browser for all tests of the file or group that this is called in; returns what opens a pair in it. */
export function twoWindows(): (options?: PairOptions) => Promise<WindowPair> {
  let browser: EngineBrowser;
  beforeAll(async () => {
    browser = await EngineBrowser.launch();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
  });
  return async (options) => openPair(browser, options);
}

/** The call of a window gets to this phase. */
export const reaches = async (page: Page, phase: string): Promise<unknown> =>
  page.waitForFunction((wanted) => window.harness.engine().call?.phase === wanted, phase);

/** `a` calls, with its camera on, and it rings at `b`. */
export async function ring({ a, b }: WindowPair): Promise<void> {
  await a.evaluate(() => {
    window.harness.engine().dial('BBBB' as PeerId, { video: true });
  });
  await reaches(b, 'incoming');
}

/** `b` answers, and both are connected. */
export async function answer({ a, b }: WindowPair, { video } = { video: true }): Promise<void> {
  await b.evaluate((withVideo) => window.harness.accept(withVideo), video);
  await Promise.all([reaches(a, 'connected'), reaches(b, 'connected')]);
}

/** `a` calls, and `b` answers as soon as it rings. */
export async function connect(pair: WindowPair, options = { video: true }): Promise<void> {
  await ring(pair);
  await answer(pair, options);
}

/** New frames from the other side are shown from now on. */
export async function framesGrow(page: Page): Promise<void> {
  const before = await page.evaluate(() => window.harness.frames());
  await page.waitForFunction((count) => window.harness.frames() > count + 5, before);
}
