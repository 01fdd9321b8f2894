import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import { connect, framesGrow, reaches, ring, twoWindows } from '#tests/support/engine/twoWindows.ts';

/** The real engine in two windows of real Chromium, with fake devices. */

const openWindows = twoWindows();
let a: Page;
let b: Page;

beforeEach(async () => {
  ({ a, b } = await openWindows());
});

const remote = async (page: Page, wanted: { camera?: boolean; microphone?: boolean }): Promise<unknown> =>
  page.waitForFunction((state) => {
    const now = window.harness.engine().call?.remote;
    return Object.entries(state).every(([key, value]) => now?.[key as 'camera' | 'microphone'] === value);
  }, wanted);

describe('a call between two windows', () => {
  it('carries pictures that are not black and sound above silence, both ways', async () => {
    await connect({ a, b });
    for (const page of [a, b]) {
      await framesGrow(page);
      expect(await page.evaluate(() => window.harness.brightness())).toBeGreaterThan(10);
      await page.waitForFunction(() => window.harness.marks().remoteLevel > 0.2);
      await page.waitForFunction(() => window.harness.marks().microphoneLevel > 0.2);
    }
  });

  it('leaves no live track and no connection behind after a hang-up', async () => {
    await connect({ a, b });
    await a.evaluate(() => {
      window.harness.engine().hangUp();
    });
    await reaches(b, 'ended');
    for (const page of [a, b]) {
      expect(await page.evaluate(() => window.harness.live())).toEqual({ tracks: [], connections: 0 });
    }
  });

  it('shows the camera going off and coming back at the other side', async () => {
    await connect({ a, b });
    await framesGrow(a);
    await b.evaluate(() => {
      window.harness.engine().setCamera(false);
    });
    await remote(a, { camera: false });
    expect(await b.evaluate(() => window.harness.live().tracks)).toEqual(['audio']);
    await b.evaluate(() => {
      window.harness.engine().setCamera(true);
    });
    await remote(a, { camera: true });
    await framesGrow(a);
  });

  it('lets the camera come on in a call that was accepted with sound only', async () => {
    await connect({ a, b }, { video: false });
    await remote(a, { camera: false, microphone: true });
    // The accept says what there will be; the microphone opens after it.
    await expect.poll(async () => b.evaluate(() => window.harness.live().tracks)).toEqual(['audio']);
    await b.evaluate(() => {
      window.harness.engine().setCamera(true);
    });
    await framesGrow(a);
  });

  it('keeps the call and its picture when camera and microphone are changed', async () => {
    await connect({ a, b });
    await framesGrow(b);
    const connections = await a.evaluate(() => window.harness.connections.length);
    const chosen = await a.evaluate(() => {
      const { devices } = window.harness.engine();
      // The last one: Chromium's second fake camera is a depth sensor that gives no picture.
      const pick = (kind: 'camera' | 'microphone') => devices[kind].options.at(-1) ?? null;
      const camera = pick('camera');
      window.harness.engine().prefer('camera', camera);
      window.harness.engine().prefer('microphone', pick('microphone'));
      return camera?.deviceId;
    });
    await a.waitForFunction(
      (deviceId) =>
        window.harness.engine().localVideo?.getVideoTracks()[0]?.getSettings().deviceId === deviceId,
      chosen,
    );
    await framesGrow(b);
    expect(await a.evaluate(() => window.harness.connections.length)).toBe(connections);
    expect((await a.evaluate(() => window.harness.live().tracks)).sort()).toEqual(['audio', 'video']);
    expect(await a.evaluate(() => window.harness.engine().call?.phase)).toBe('connected');
  });

  it('becomes one call when both dial at once', async () => {
    await Promise.all([
      a.evaluate(() => void window.harness.engine().dial('BBBB' as PeerId, { video: true })),
      b.evaluate(() => void window.harness.engine().dial('AAAA' as PeerId, { video: true })),
    ]);
    await Promise.all([reaches(a, 'connected'), reaches(b, 'connected')]);
    const ids = await Promise.all(
      [a, b].map(async (page) => page.evaluate(() => window.harness.engine().call?.callId)),
    );
    expect(ids[0]).toBe(ids[1]);
    await framesGrow(a);
    await framesGrow(b);
  });

  it('goes on after an ICE restart when the connection failed on both sides', async () => {
    await connect({ a, b });
    await Promise.all([a, b].map(async (page) => page.evaluate(async () => window.harness.interrupt())));
    await framesGrow(a);
    await framesGrow(b);
    for (const page of [a, b]) {
      expect(await page.evaluate(() => window.harness.engine().call?.phase)).toBe('connected');
      await page.waitForFunction(() => window.harness.connections.at(-1)?.signalingState === 'stable');
    }
  });

  it('ends with a reason when the other window dies', async () => {
    await connect({ a, b });
    await b.close();
    await a.waitForFunction(() => window.harness.engine().call?.phase === 'ended', undefined, {
      timeout: 25_000,
    });
    expect(await a.evaluate(() => window.harness.engine().call)).toMatchObject({ reason: 'peerLeft' });
    expect(await a.evaluate(() => window.harness.live())).toEqual({ tracks: [], connections: 0 });
  });

  it('ends with a code when Chromium rejects a description', async () => {
    // Answered while it rings, the call could end before the person accepts, and would be a missed one.
    await b.evaluate(() => {
      const network = { relayOnly: false, dataSaver: false, videoCodecs: [] };
      window.harness.engine().setNetwork({ ...network, fastAnswer: 'never' });
      window.harness.signaling().mangle = (message) =>
        message.body.type === 'description'
          ? {
              ...message,
              body: {
                ...message.body,
                description: { type: 'answer', sdp: 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n' },
              },
            }
          : message;
    });
    await ring({ a, b });
    await b.evaluate(() => window.harness.accept(true));
    await Promise.all([reaches(a, 'ended'), reaches(b, 'ended')]);
    expect(await a.evaluate(() => window.harness.engine().call)).toMatchObject({
      reason: 'failed',
      code: 'CALL_DESCRIPTION_REJECTED',
    });
    expect(await b.evaluate(() => window.harness.engine().call)).toMatchObject({ reason: 'failed' });
  });
});
