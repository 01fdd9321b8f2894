import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { callRecordingSchema } from '#shared/call/recording.ts';
import type { Settings } from '#shared/settings.ts';
import { connect, framesGrow, reaches, twoWindows } from '#tests/support/engine/twoWindows.ts';

/** What the engine sees and does of the network, in two windows of real Chromium with fake devices. */

const openWindows = twoWindows();
let a: Page;
let b: Page;

/** Both take part with these settings. */
async function connectWith(network: Partial<Settings['network']> = {}): Promise<void> {
  ({ a, b } = await openWindows({ a: { network }, b: { network } }));
  await connect({ a, b });
}

const lastReading = async (page: Page) => page.evaluate(() => window.harness.seen().readings.at(-1));
const readings = async (page: Page, count: number) =>
  page.waitForFunction((wanted) => window.harness.seen().readings.length >= wanted, count);

describe('the network of a real call', () => {
  it('is read each second, and all of it fits into a recording without an address', async () => {
    await connectWith();
    await Promise.all([readings(a, 4), readings(b, 4)]);
    for (const page of [a, b]) {
      const reading = await lastReading(page);
      expect(reading?.sample).toMatchObject({
        path: { local: expect.stringMatching(/host|prflx/) as string, protocol: 'udp', relayProtocol: null },
        sent: { audio: { codec: 'opus' }, video: { codec: 'VP8' } },
        received: { audio: { codec: 'opus' }, video: { codec: 'VP8' } },
      });
      expect(reading?.sample.received.video?.kbps).toBeGreaterThan(10);
      expect(reading?.sample.received.video?.fps).toBeGreaterThan(1);
      expect(reading?.reading.quality).not.toBe('unknown');
    }
    await a.evaluate(() => {
      window.harness.engine().hangUp();
    });
    await reaches(b, 'ended');
    for (const page of [a, b]) {
      const { recordings } = await page.evaluate(() => window.harness.seen());
      expect(recordings).toHaveLength(1);
      const [recording] = recordings.map((one) => ({ ...one, callId: 'C'.repeat(22) }));
      const parsed = callRecordingSchema.parse(recording);
      expect(parsed.events.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['gathering', 'ice', 'connection', 'phase', 'path']),
      );
      expect(JSON.stringify(recording)).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
    }
  });

  it('carries the codec that both sides want first, and sound before the picture', async () => {
    await connectWith({ videoCodecs: ['VP9', 'AV1'] });
    await readings(a, 2);
    expect((await lastReading(a))?.sample.sent.video?.codec).toBe('VP9');
    expect((await lastReading(a))?.sample.received.video?.codec).toBe('VP9');
    const priorities = await a.evaluate(() =>
      window.harness.connections
        .at(-1)
        ?.getSenders()
        .map((sender) => [sender.track?.kind, sender.getParameters().encodings[0]?.priority]),
    );
    expect(priorities).toEqual([
      ['audio', 'high'],
      ['video', 'low'],
    ]);
  });

  it('is small from the start with data saver, also on a connection that the callee makes on accept', async () => {
    await connectWith({ dataSaver: true, fastAnswer: 'never' });
    await Promise.all([readings(a, 3), readings(b, 3)]);
    for (const page of [a, b]) {
      const encoding = await page.evaluate(() => {
        const sender = window.harness.connections.at(-1)?.getSenders()[1];
        return sender?.getParameters().encodings[0];
      });
      expect(encoding).toMatchObject({ maxBitrate: 400_000, scaleResolutionDownBy: 2, maxFramerate: 24 });
    }
  });

  it('that is too bad for a picture stops it, with the camera open, and brings it back', async () => {
    await connectWith();
    await readings(a, 2);
    await a.evaluate(() => window.harness.loseWhatIsSent(0.5));
    await b.waitForFunction(() => window.harness.engine().call?.remote.camera === false);
    expect(await a.evaluate(() => window.harness.live().tracks.sort())).toEqual(['audio', 'video']);
    await b.evaluate(() => window.harness.resetMarks());
    await b.waitForFunction(() => window.harness.marks().remoteLevel > 0.2);
    const still = await b.evaluate(() => window.harness.frames());
    await readings(b, (await b.evaluate(() => window.harness.seen().readings.length)) + 3);
    expect((await b.evaluate(() => window.harness.frames())) - still).toBeLessThan(15);
    await a.evaluate(() => window.harness.loseWhatIsSent(0));
    await b.waitForFunction(() => window.harness.engine().call?.remote.camera === true);
    await framesGrow(b);
  }, 120_000);
});
