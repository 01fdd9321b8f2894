import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import { answer, connect, framesGrow, reaches, ring, twoWindows } from '#tests/support/engine/twoWindows.ts';

/** What only real Chromium shows: connections that stand while it rings, and certificates that do not fit. */

const openWindows = twoWindows();
let a: Page;
let b: Page;

beforeEach(async () => {
  ({ a, b } = await openWindows());
});

const standsOn = async (page: Page): Promise<unknown> =>
  page.waitForFunction(() => window.harness.connections.at(-1)?.connectionState === 'connected');

/** Media packets that a page has sent and got. */
const packets = async (page: Page): Promise<{ sent: number; received: number }> =>
  page.evaluate(async () => {
    const report = [...((await window.harness.connections.at(-1)?.getStats()) ?? new Map()).values()] as {
      readonly type: string;
      readonly packetsSent?: number;
      readonly packetsReceived?: number;
    }[];
    const sum = (type: string, key: 'packetsSent' | 'packetsReceived') =>
      report.filter((entry) => entry.type === type).reduce((total, entry) => total + (entry[key] ?? 0), 0);
    return { sent: sum('outbound-rtp', 'packetsSent'), received: sum('inbound-rtp', 'packetsReceived') };
  });

/** Id and version of the peer's session (RFC 8866, section 5.2): every negotiation counts on, a candidate does not. */
const sessionAt = async (page: Page): Promise<string | undefined> =>
  page.evaluate(() => /^o=.*$/m.exec(window.harness.connections.at(-1)?.remoteDescription?.sdp ?? '')?.[0]);

describe('a call that rings', () => {
  it('stands already, and nothing is captured at the callee or sent by either', async () => {
    await ring({ a, b });
    await Promise.all([standsOn(a), standsOn(b)]);
    expect(await b.evaluate(() => window.harness.live().tracks)).toEqual([]);
    expect(await packets(a)).toEqual({ sent: 0, received: 0 });
    expect(await packets(b)).toEqual({ sent: 0, received: 0 });
    expect(await b.evaluate(() => window.harness.engine().call?.phase)).toBe('incoming');
  });

  it('carries pictures both ways after the answer, without another negotiation', async () => {
    await ring({ a, b });
    await Promise.all([standsOn(a), standsOn(b)]);
    const before = await sessionAt(a);
    await answer({ a, b });
    await Promise.all([framesGrow(a), framesGrow(b)]);
    expect(await sessionAt(a)).toBe(before);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['declined', async () => b.evaluate(() => void window.harness.engine().decline())],
    ['cancelled', async () => a.evaluate(() => void window.harness.engine().hangUp())],
  ])('and is %s leaves no connection and no track', async (_name, act) => {
    await ring({ a, b });
    await Promise.all([standsOn(a), standsOn(b)]);
    await act();
    await Promise.all([reaches(a, 'ended'), reaches(b, 'ended')]);
    for (const page of [a, b]) {
      expect(await page.evaluate(() => window.harness.live())).toEqual({ tracks: [], connections: 0 });
    }
  });

  it('does not stand before the answer when the setting says never', async () => {
    await b.evaluate(() => {
      const network = { relayOnly: false, dataSaver: false, videoCodecs: [] };
      window.harness.engine().setNetwork({ ...network, fastAnswer: 'never' });
    });
    await ring({ a, b });
    expect(await b.evaluate(() => window.harness.live().connections)).toBe(0);
    await answer({ a, b });
    await Promise.all([framesGrow(a), framesGrow(b)]);
  });
});

it('a certificate that does not have the fingerprint of the description ends the call with a code', async () => {
  await b.evaluate(() => {
    window.harness.signaling().mangle = (message) =>
      message.body.type === 'description'
        ? {
            ...message,
            body: {
              ...message.body,
              description: {
                ...message.body.description,
                sdp: message.body.description.sdp.replace(
                  /a=fingerprint:sha-256 [\dA-F]{2}:[\dA-F]{2}/g,
                  'a=fingerprint:sha-256 00:11',
                ),
              },
            },
          }
        : message;
  });
  await a.evaluate(() => {
    window.harness.engine().dial('BBBB' as PeerId, { video: true });
  });
  // Connected to while it rings, both find out before anybody could answer.
  await Promise.all([reaches(a, 'ended'), reaches(b, 'ended')]);
  expect(await a.evaluate(() => window.harness.engine().call)).toMatchObject({
    reason: 'failed',
    code: 'CALL_FINGERPRINT_MISMATCH',
  });
  for (const page of [a, b]) {
    expect(await page.evaluate(() => window.harness.live())).toEqual({ tracks: [], connections: 0 });
  }
});

describe('a network that changes in a call', () => {
  it('is restarted with the sound going on, and the picture too', async () => {
    await connect({ a, b });
    await framesGrow(a);
    const ufrag = async (): Promise<string | undefined> =>
      a.evaluate(
        () => /a=ice-ufrag:(\S+)/.exec(window.harness.connections.at(-1)?.localDescription?.sdp ?? '')?.[1],
      );
    const before = await ufrag();
    const phases: string[] = [];
    await a.exposeFunction('notePhase', (phase: string) => phases.push(phase));
    await a.evaluate(() => {
      window.harness.engine().on('call', (call) => {
        (window as unknown as { notePhase(phase: string): void }).notePhase(call?.phase ?? '');
      });
      window.harness.networkChanges();
    });
    await expect.poll(ufrag, { timeout: 10_000 }).not.toBe(before);
    await a.waitForFunction(() => window.harness.connections.at(-1)?.signalingState === 'stable');
    await Promise.all([framesGrow(a), framesGrow(b)]);
    expect(phases.filter((phase) => phase !== 'connected')).toEqual([]);
  });

  // Two offers at once would stop the picture of a callee who gives way (Chromium 156).
  it('on both sides at once is restarted with the picture going on, whoever is polite', async () => {
    for (const [caller, callee, id] of [
      [a, b, 'BBBB'],
      [b, a, 'AAAA'],
    ] as const) {
      await caller.evaluate((to) => void window.harness.engine().dial(to as PeerId, { video: true }), id);
      await reaches(callee, 'incoming');
      await callee.evaluate(() => window.harness.accept(true));
      await Promise.all([reaches(a, 'connected'), reaches(b, 'connected')]);
      await Promise.all([framesGrow(a), framesGrow(b)]);
      for (let round = 1; round <= 3; round++) {
        await Promise.all([a, b].map(async (page) => page.evaluate(() => window.harness.networkChanges())));
        const restarted = `"generation":${round}`;
        await caller.waitForFunction(
          (text) => window.harness.signaling().said.some((body) => body.includes(text)),
          restarted,
        );
        await caller.waitForFunction(() => window.harness.connections.at(-1)?.signalingState === 'stable');
        await Promise.all([framesGrow(a), framesGrow(b)]);
      }
      expect(await a.evaluate(() => window.harness.engine().call?.phase)).toBe('connected');
      await caller.evaluate(() => void window.harness.engine().hangUp());
      await reaches(callee, 'ended');
      await Promise.all(
        [a, b].map(async (page) => page.evaluate(() => void (window.harness.signaling().said.length = 0))),
      );
    }
  });
});
