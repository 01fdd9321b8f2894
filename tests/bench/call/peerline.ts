import type { Page } from '@playwright/test';
import { launchPair, type LaunchedPair } from '#tests/support/e2e/launchPair.ts';
import { callTimes, type CallMarks, type CallSubject, type CallTimes } from './subject.ts';

/** Runs in both windows before a call: notes when the interface shows what a person waits for. */
const watch = `
window.marks = {};
window.now = () => performance.timeOrigin + performance.now();
window.observer?.disconnect();
window.observer = new MutationObserver(() => {
  if (window.marks.rang === undefined && document.querySelector('[data-testid="incoming-accept"]')) {
    window.marks.rang = window.now();
  }
  const video = document.querySelector('[data-testid="remote-video"]');
  if (video && video !== window.watched) {
    window.watched = video;
    video.requestVideoFrameCallback(() => { window.marks.frame = window.now(); });
  }
});
window.observer.observe(document.documentElement, { childList: true, subtree: true });
`;

const clickAt = (name: string) => `(() => {
  const at = window.now();
  document.querySelector('[data-testid="${name}"]').click();
  return at;
})()`;

/** The whole product: two app instances, preload, IPC, sealing and a signaling server in its own process. */
export class PeerlineSubject implements CallSubject {
  readonly name = 'peerline';
  #pair: LaunchedPair | undefined;

  async start(): Promise<void> {
    // Without windows, like the pages of the other subjects.
    this.#pair = await launchPair({ caller: { headless: true }, callee: { headless: true } });
  }

  async call(): Promise<CallTimes> {
    if (this.#pair === undefined) {
      throw new Error('not started');
    }
    const { caller, callee } = this.#pair;
    const calleeId = await callee.id();
    for (const { page } of [caller, callee]) {
      await page.evaluate(watch);
    }
    await caller.element('dial-input').fill(calleeId);
    const dialled = await caller.page.evaluate<number>(clickAt('dial-video'));
    const rang = await mark(callee.page, 'rang');
    const accepted = await callee.page.evaluate<number>(clickAt('incoming-accept'));
    const [callerFrame, calleeFrame] = await Promise.all([
      mark(caller.page, 'frame'),
      mark(callee.page, 'frame'),
    ]);
    await caller.hangUp();
    await caller.expectEnded('hungUp');
    await callee.expectEnded('peerHungUp');
    await caller.close();
    await callee.close();
    return callTimes({ dialled, rang, accepted, callerFrame, calleeFrame } satisfies CallMarks);
  }

  async stop(): Promise<void> {
    await this.#pair?.close();
  }
}

async function mark(page: Page, name: string): Promise<number> {
  // A function, not a text: the app's content security policy refuses to evaluate texts.
  const handle = await page.waitForFunction(
    (key) => (window as unknown as { marks: Partial<Record<string, number>> }).marks[key],
    name,
  );
  return (await handle.jsonValue()) ?? Number.NaN;
}
