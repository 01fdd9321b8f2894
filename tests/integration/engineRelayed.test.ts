import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '#shared/settings.ts';
import { Coturn } from '#tests/support/coturn.ts';
import type { WindowPair } from '#tests/support/engine/browser.ts';
import { answer, framesGrow, ring, twoWindows } from '#tests/support/engine/twoWindows.ts';

/** Which addresses a call lets out, with the real engine in real Chromium and a real coturn. */

let coturn: Coturn;

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

/** There is no coturn for Windows. */
describe.skipIf(process.platform === 'win32')('a call with a relay', () => {
  beforeAll(async () => {
    coturn = await Coturn.start();
  }, 60_000);

  afterAll(async () => {
    await coturn.stop();
  });

  const openWindows = twoWindows();

  /** Two windows, of which the second rings and is connected to. */
  async function ringing(networks: {
    readonly a: Partial<Settings['network']>;
    readonly b: Partial<Settings['network']>;
  }): Promise<WindowPair> {
    const iceServers = [coturn.server('udp')];
    const pair = await openWindows({
      a: { network: networks.a, iceServers },
      b: { network: networks.b, iceServers },
    });
    await ring(pair);
    await pair.b.waitForFunction(() => window.harness.connections.at(-1)?.connectionState === 'connected');
    return pair;
  }

  it('through relays alone says no address but theirs, also when ICE is restarted', async () => {
    const { a, b } = await ringing({ a: { relayOnly: true }, b: { relayOnly: true } });
    await answer({ a, b });
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
    await answer({ a, b });
    await Promise.all([framesGrow(a), framesGrow(b)]);
    await expect.poll(async () => pathBegins(b), { timeout: 10_000 }).not.toBe('relay');
    await Promise.all([framesGrow(a), framesGrow(b)]);
    expect(await b.evaluate(() => window.harness.connections.length)).toBe(1);
  });
});
