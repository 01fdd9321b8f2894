import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Page } from 'playwright-core';
import { EngineBrowser } from '#tests/support/engine/browser.ts';
import { asConnection, FakeRtcNetwork } from '#tests/support/engine/FakeRtcNetwork.ts';
import { fakeStream, fakeTrack } from '#tests/support/engine/FakeMedia.ts';
import { peerConnectionSuite } from '#tests/support/engine/peerConnectionSuite.ts';

describe('the fake RTCPeerConnection', () => {
  it.each(peerConnectionSuite.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    const network = new FakeRtcNetwork();
    await run({
      createConnection: () => asConnection(network.create()),
      createStream: () => fakeStream(),
      createTrack: async (kind) => Promise.resolve(fakeTrack(kind)),
    });
  });
});

describe('the RTCPeerConnection of Chromium', () => {
  let browser: EngineBrowser;
  let page: Page;

  beforeAll(async () => {
    browser = await EngineBrowser.launch();
    page = await browser.page();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
  });

  it.each(peerConnectionSuite.map(({ name }) => [name]))('%s', async (name) => {
    await page.evaluate(async (caseName) => window.harness.runSuite(caseName), name);
  });
});
