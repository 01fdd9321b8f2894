/**
 * What the engine relies on in `navigator.mediaDevices`, as cases that run on the fake in Node and on the
 * real one in Chromium with fake devices.
 */
import type { MediaPort } from '../../../src/renderer/engine/ports.ts';

interface MediaCase {
  readonly name: string;
  readonly run: (media: MediaPort) => Promise<void>;
}

function check(condition: boolean, what: string): void {
  if (!condition) {
    throw new Error(what);
  }
}

const isReal = ({ deviceId }: MediaDeviceInfo): boolean =>
  deviceId !== 'default' && deviceId !== 'communications';

async function failureOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'none',
    (error: unknown) => (error instanceof Error || error instanceof DOMException ? error.name : ''),
  );
}

export const mediaDevicesSuite: readonly MediaCase[] = [
  {
    name: 'lists cameras and microphones with ids and labels',
    run: async (media) => {
      const devices = await media.enumerateDevices();
      for (const kind of ['videoinput', 'audioinput'] as const) {
        const real = devices.filter((device) => device.kind === kind && isReal(device));
        check(real.length >= 2, `two of ${kind}`);
        check(
          real.every(({ deviceId, label }) => deviceId !== '' && label !== ''),
          `ids and labels of ${kind}`,
        );
      }
    },
  },
  {
    name: 'opens exactly the device that was asked for',
    run: async (media) => {
      const cameras = (await media.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
      const wanted = cameras.at(-1)?.deviceId ?? '';
      const stream = await media.getUserMedia({ video: { deviceId: { exact: wanted } } });
      const [track] = stream.getTracks();
      check(stream.getTracks().length === 1 && track?.kind === 'video', 'one video track');
      check(track?.getSettings().deviceId === wanted, 'the device');
      track?.stop();
    },
  },
  {
    name: 'refuses a device that is not there as overconstrained',
    run: async (media) => {
      const name = await failureOf(media.getUserMedia({ audio: { deviceId: { exact: 'no such device' } } }));
      check(name === 'OverconstrainedError', `failure: ${name}`);
    },
  },
  {
    name: 'a track that is stopped on purpose is ended without an event',
    run: async (media) => {
      const [track] = (await media.getUserMedia({ audio: {} })).getTracks();
      let events = 0;
      track?.addEventListener('ended', () => {
        events += 1;
      });
      track?.stop();
      await Promise.resolve();
      check(track?.readyState === 'ended' && events === 0, 'ended silently');
    },
  },
];
