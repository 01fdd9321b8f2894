import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Page } from 'playwright-core';
import { EngineBrowser } from '#tests/support/engine/browser.ts';
import { FakeMediaDevices } from '#tests/support/engine/FakeMedia.ts';
import { mediaDevicesSuite } from '#tests/support/engine/mediaDevicesSuite.ts';

describe('the fake media devices', () => {
  it.each(mediaDevicesSuite.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await run(new FakeMediaDevices());
  });
});

describe('the media devices of Chromium', () => {
  let browser: EngineBrowser;
  let page: Page;

  beforeAll(async () => {
    browser = await EngineBrowser.launch();
    page = await browser.page();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
  });

  it.each(mediaDevicesSuite.map(({ name }) => [name]))('%s', async (name) => {
    await page.evaluate(async (caseName) => window.harness.runMediaSuite(caseName), name);
  });
});
