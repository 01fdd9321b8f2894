import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Settings } from '#shared/settings.ts';
import { Coturn } from '#tests/support/coturn.ts';
import { EngineBrowser } from '#tests/support/engine/browser.ts';

/** Which addresses a call lets out, with the real engine in real Chromium and a real coturn. */

let coturn: Coturn;
let browser: EngineBrowser;

/** What the engine of a page has said, as text. */
const said = async (page: Page): Promise<string> =>
  page.evaluate(() => window.harness.signaling().said.join('\n'));

/** The kind of the own address that the path in use begins at. */
const pathBegins = async (page: Page): Promise<unknown> =>
  page.evaluate(async () => {
    const stats = await window.harness.connections.at(-1)?.getStats();
    const reports = [...(stats?.values() ?? [])] as Record<string, unknown>[];
    const transport = reports.find(({ type }) => type === 'transport');
    const pair = reports.find(({ id }) => id === transport?.selectedCandidatePairId);
    return reports.find(({ id }) => id === pair?.localCandidateId)?.candidateType;
  });

const framesGrow = async (page: Page): Promise<void> => {
  const before = await page.evaluate(() => window.harness.frames());
  await page.waitForFunction((count) => window.harness.frames() > count + 5, before);
};

const reaches = async (page: Page, phase: string): Promise<unknown> =>
  page.waitForFunction((wanted) => window.harness.engine().call?.phase === wanted, phase);

async function open(id: string, network: Partial<Settings['network']>): Promise<Page> {
  const page = await browser.page();
  onTestFinished(async () => page.close());
  const iceServers = [coturn.server('udp')];
  await page.evaluate(
    ([name, options]) => {
      window.harness.create(name, options);
    },
    [id, { network, iceServers }] as const,
  );
  return page;
}

/** Two pages, of which the second rings and is connected to. */
async function ringing(networks: {
  readonly a: Partial<Settings['network']>;
  readonly b: Partial<Settings['network']>;
}): Promise<{ readonly a: Page; readonly b: Page }> {
  const a = await open('AAAA', networks.a);
  const b = await open('BBBB', networks.b);
  await a.evaluate(() => void window.harness.engine().dial('BBBB' as PeerId, { video: true }));
  await reaches(b, 'incoming');
  await b.waitForFunction(() => window.harness.connections.at(-1)?.connectionState === 'connected');
  return { a, b };
}

/** There is no coturn for Windows. */
describe.skipIf(process.platform === 'win32')('a call with a relay', () => {
  beforeAll(async () => {
    coturn = await Coturn.start();
    browser = await EngineBrowser.launch();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await coturn.stop();
  });

  it('through relays alone says no address but theirs, also when ICE is restarted', async () => {
    const { a, b } = await ringing({ a: { relayOnly: true }, b: { relayOnly: true } });
    await b.evaluate(() => window.harness.accept(true));
    await Promise.all([reaches(a, 'connected'), reaches(b, 'connected')]);
    await Promise.all([framesGrow(a), framesGrow(b)]);
    await a.evaluate(() => window.harness.networkChanges());
    await a.waitForFunction(() => window.harness.signaling().said.join().includes('"generation":1'));
    await a.waitForFunction(() => window.harness.connections.at(-1)?.signalingState === 'stable');
    await framesGrow(a);
    for (const page of [a, b]) {
      const text = await said(page);
      expect(text).toContain('typ relay');
      expect(text).not.toMatch(/typ (?:host|srflx|prflx)/);
      // The relay itself is on 127.0.0.1; behind it nothing is named.
      const addresses = new Set(text.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g));
      expect([...addresses].sort()).toEqual(['0.0.0.0', '127.0.0.1']);
      expect(text).not.toMatch(/raddr (?!0\.0\.0\.0 rport 0\b)/);
      expect(await pathBegins(page)).toBe('relay');
    }
  });

  it('shows the callee only through the relay until the answer, and goes direct after it', async () => {
    const { a, b } = await ringing({ a: {}, b: { fastAnswer: 'relayed' } });
    expect(await said(b)).toContain('typ relay');
    expect(await said(b)).not.toMatch(/typ (?:host|srflx|prflx)/);
    expect(await pathBegins(b)).toBe('relay');
    await b.evaluate(() => window.harness.accept(true));
    await Promise.all([reaches(a, 'connected'), reaches(b, 'connected')]);
    await Promise.all([framesGrow(a), framesGrow(b)]);
    await expect.poll(async () => pathBegins(b), { timeout: 10_000 }).not.toBe('relay');
    await Promise.all([framesGrow(a), framesGrow(b)]);
    expect(await b.evaluate(() => window.harness.connections.length)).toBe(1);
  });
});
