import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type Page } from '@playwright/test';
import { launchPair, type LaunchedPair } from '#tests/support/e2e/launchPair.ts';
import { addContact, openPage } from '#tests/support/e2e/people.ts';
import {
  answerDelayMs,
  callTimes,
  type CallKind,
  type CallMarks,
  type CallSubject,
  type CallTimes,
} from './subject.ts';

/**
 * Runs in both windows before a call: promises of the times at which the interface shows what a person waits for.
 * The pages of the others have promises too: to ask again and again would take time from the call.
 */
const watch = `(() => {
window.now = () => performance.timeOrigin + performance.now();
const rang = Promise.withResolvers();
const frame = Promise.withResolvers();
window.marks = { rang: rang.promise, frame: frame.promise };
window.observer?.disconnect();
window.observer = new MutationObserver(() => {
  if (document.querySelector('[data-testid="incoming-accept"]')) rang.resolve(window.now());
  const video = document.querySelector('[data-testid="remote-video"]');
  if (video && video !== window.watched) {
    window.watched = video;
    video.requestVideoFrameCallback(() => frame.resolve(window.now()));
  }
});
window.observer.observe(document.documentElement, { childList: true, subtree: true });
})()
`;

const clickAt = (name: string) => `(() => {
  const at = window.now();
  document.querySelector('[data-testid="${name}"]').click();
  return at;
})()`;

/** The whole product: two app instances, preload, IPC, sealing and a signaling server in its own process. */
export class PeerlineSubject implements CallSubject {
  readonly name = 'peerline';
  readonly kinds: readonly CallKind[];
  #pair: LaunchedPair | undefined;

  /** `fast`: between contacts, as the app is set when it is new; `cold`: between strangers. */
  constructor(kind: CallKind) {
    this.kinds = [kind];
  }

  async start(): Promise<void> {
    // Without windows, like the pages of the other subjects.
    this.#pair = await launchPair({ caller: { headless: true }, callee: { headless: true } });
    const { caller, callee } = this.#pair;
    if (this.kinds.includes('fast')) {
      await addContact(caller, { id: await callee.id(), name: 'callee' });
      await addContact(callee, { id: await caller.id(), name: 'caller' });
    }
  }

  async connect(): Promise<CallTimes> {
    const { caller, callee } = this.#started();
    // Where a person is who calls or is called: with the own picture on.
    for (const window of [caller, callee]) {
      await openPage(window, 'calls');
      await expect.poll(async () => (await window.capturedDevices()).camera).not.toBe('');
    }
    const calleeId = await callee.id();
    for (const { page } of [caller, callee]) {
      await page.evaluate(watch);
    }
    await caller.element('dial-input').fill(calleeId);
    const dialled = await caller.page.evaluate<number>(clickAt('dial-video'));
    const rang = await mark(callee.page, 'rang');
    await sleep(answerDelayMs);
    const accepted = await callee.page.evaluate<number>(clickAt('incoming-accept'));
    const [callerFrame, calleeFrame] = await Promise.all([
      mark(caller.page, 'frame'),
      mark(callee.page, 'frame'),
    ]);
    return callTimes({ dialled, rang, accepted, callerFrame, calleeFrame } satisfies CallMarks);
  }

  async pictureHeights(): Promise<readonly number[]> {
    const { caller, callee } = this.#started();
    return Promise.all(
      [caller, callee].map(async ({ remoteVideo }) =>
        remoteVideo.evaluate((element) => (element instanceof HTMLVideoElement ? element.videoHeight : 0)),
      ),
    );
  }

  async end(): Promise<void> {
    const { caller, callee } = this.#started();
    await caller.hangUp();
    await caller.expectEnded('hungUp');
    await callee.expectEnded('peerHungUp');
    await caller.close();
    await callee.close();
    await this.#rest();
  }

  async stop(): Promise<void> {
    await this.#pair?.close();
    this.#pair = undefined;
  }

  /** The own picture is off while it is the turn of others. */
  async #rest(): Promise<void> {
    const { caller, callee } = this.#started();
    await Promise.all([caller, callee].map(async (window) => openPage(window, 'contacts')));
  }

  #started(): LaunchedPair {
    if (this.#pair === undefined) {
      throw new Error('not started');
    }
    return this.#pair;
  }
}

const mark = async (page: Page, name: 'rang' | 'frame'): Promise<number> =>
  page.evaluate<number>(`window.marks.${name}`);
