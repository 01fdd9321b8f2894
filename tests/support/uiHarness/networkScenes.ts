import type { Page } from '@playwright/test';
import type { CallNetworkEvent, CallRecording, CallSample } from '#shared/call/recording.ts';
import { defaultSettings } from '#shared/settings.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import {
  goodSample,
  lostHere,
  pictureSample,
  recordingOf,
  soundSample,
} from '#tests/support/engine/samples.ts';
import type { IceProbeResult } from '../../../src/renderer/engine/IceProbe.ts';
import { qualityOf } from '../../../src/renderer/engine/quality.ts';
import type { NetworkReading } from '../../../src/renderer/engine/types.ts';
import type { Harnessed } from './harnessOf.ts';
import { callIdOf } from './people.ts';
import type { Scene } from './scenes.ts';

const press = async (page: Page, id: string) => page.getByTestId(id).click();

/** What a call went through, as the engine notes it. */
const sampleEvents: readonly CallNetworkEvent[] = [
  { at: 0, kind: 'phase', value: 'outgoing' },
  { at: 120, kind: 'gathering', value: 'gathering' },
  { at: 900, kind: 'gathering', value: 'complete' },
  { at: 1_200, kind: 'ice', value: 'checking' },
  { at: 1_260, kind: 'connection', value: 'connecting' },
  { at: 1_400, kind: 'ice', value: 'connected' },
  { at: 1_500, kind: 'connection', value: 'connected' },
  { at: 1_510, kind: 'path', value: 'direct-udp' },
  { at: 22_000, kind: 'signaling', value: 'offline' },
  { at: 30_000, kind: 'adaptation', value: 'medium' },
  { at: 41_000, kind: 'restart', value: 'network-changed' },
  { at: 43_000, kind: 'path', value: 'relay-tls' },
  { at: 55_000, kind: 'restart', value: 'some-word-of-a-later-version' },
];

/** A call that lost more and more of what it received, then went through a relay. */
const troubled = (second: number): CallSample => {
  const at = second * 1_000;
  const wave = 20 * Math.sin(second / 4);
  const good = goodSample({ at, rttMs: 60 + wave, availableKbps: 1_800 + 10 * wave });
  if (second < 20) {
    return good;
  }
  return {
    ...good,
    rttMs: 340 + wave,
    path: { local: 'relay', remote: 'srflx', protocol: 'udp', relayProtocol: 'tls', ipv6: false },
    received: {
      ...lostHere(9 + wave / 5).received,
      video: { ...pictureSample(), kbps: 300, frozenMs: second % 9 === 0 ? 700 : 0, dropped: 2 },
    },
    sent: { audio: soundSample(), video: { ...pictureSample(), kbps: 420, limitedBy: 'bandwidth' } },
  };
};

const troubledRecording = (now: number): CallRecording =>
  recordingOf({
    callId: callIdOf(12),
    startedAt: now - 120_000,
    samples: Array.from({ length: 60 }, (_, second) => troubled(second)),
    events: [...sampleEvents],
  });

const turn = (url: string) => ({ urls: [url], username: 'user', credential: 'secret' });
const works = (ms: number): IceProbeResult => ({ kind: 'ok', ms, family: 'IPv4', protocol: 'udp' });
const offline = (now: number): SignalingState => ({
  ...{ phase: 'offline', url: 'wss://calls.example.org', since: now - 300_000, retryAt: now + 8_000 },
  reason: 'SIGNALING_OFFLINE',
});

const readingOf = (
  scene: Scene,
  sample: CallSample,
  change: Partial<NetworkReading> = {},
): NetworkReading => {
  if (scene.call === undefined) {
    throw new Error('a scene without a call has no network');
  }
  return {
    callId: scene.call.callId,
    sample,
    reading: qualityOf(sample),
    events: sampleEvents,
    held: false,
    ...change,
  };
};

/** Screens about the network: its settings, the panel of a call, the check before one. */
export function networkScenes(
  now: number,
  home: Scene,
  talking: Scene,
  ended: Scene,
): Readonly<Record<string, Scene>> {
  const { network } = defaultSettings();
  const recordings = [troubledRecording(now)];
  const reads = (sample: CallSample, change: Partial<NetworkReading> = {}): Scene => ({
    ...talking,
    network: [readingOf(talking, sample, change)],
  });
  return {
    settingsNetwork: {
      ...home,
      settings: { network: { ...network, relayOnly: true, videoCodecs: ['AV1'], fastAnswer: 'relayed' } },
    },
    qualityGood: reads(goodSample()),
    qualityFair: reads(lostHere(6)),
    qualityPoor: reads(lostHere(24)),
    qualityUnknown: reads(goodSample({ path: null })),
    pictureHeld: {
      ...reads(lostHere(24), { held: true }),
      ...(talking.call === undefined
        ? {}
        : { call: { ...talking.call, local: { ...talking.call.local, camera: false } } }),
    },
    networkLive: {
      ...talking,
      network: Array.from({ length: 60 }, (_, second) => readingOf(talking, troubled(second))),
    },
    endedVerdict: {
      ...ended,
      ...(ended.call === undefined
        ? {}
        : { recorded: { ...troubledRecording(now), callId: ended.call.callId } }),
    },
    checkRunning: home,
    checkAsking: home,
    checkGood: {
      ...home,
      relays: [turn('turn:relay.example.org:3478'), turn('turns:relay.example.org:443?transport=tcp')],
      probes: {
        'turn:relay.example.org:3478': works(24),
        'stun:relay.example.org:3478': works(18),
        'turns:relay.example.org:443?transport=tcp': works(61),
      },
    },
    checkBad: {
      ...home,
      info: { signaling: offline(now) },
      relays: [turn('turn:relay.example.org:3478'), turn('turn:relay.example.org:3478?transport=tcp')],
      probes: { 'turn:relay.example.org:3478?transport=tcp': { kind: 'failed', code: 'ICE_NOT_FOUND' } },
      nat: 'changing',
      brightness: 0.001,
    },
    homeRowNetwork: { ...home, recordings },
    recording: { ...home, recordings },
    recordingFile: { ...home, recordings },
  };
}

const start = async (page: Page) => {
  await press(page, 'check-start');
  await page.getByTestId('check-item').first().waitFor();
};

/** The microphone hears somebody, until the check has gone on. */
async function speak(page: Page): Promise<void> {
  await start(page);
  await page.evaluate(() => {
    for (let reading = 0; reading < 5; reading++) {
      (window as unknown as Harnessed).harness.level(0.6);
    }
  });
  await page.getByTestId('check-yes').waitFor({ timeout: 30_000 });
}

const openRowMenu = async (page: Page) => page.getByTestId('history-call').first().click({ button: 'right' });
const drawn = async (page: Page) => page.locator('[data-testid="chart"] canvas').nth(2).waitFor();

export const networkActs: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  settingsNetwork: async (page) => {
    await press(page, 'nav-settings');
    await page.getByTestId('codecs').scrollIntoViewIfNeeded();
  },
  checkRunning: start,
  checkAsking: speak,
  checkGood: async (page) => {
    await speak(page);
    await press(page, 'check-yes');
    await page.locator('[data-verdict="yes"]').waitFor();
  },
  checkBad: async (page) => {
    await speak(page);
    await press(page, 'check-no');
    await page.locator('[data-verdict="no"]').waitFor();
  },
  networkLive: async (page) => {
    await press(page, 'quality');
    await drawn(page);
  },
  homeRowNetwork: async (page) => {
    await openRowMenu(page);
    await page.getByTestId('history-network').waitFor();
  },
  recording: async (page) => {
    await openRowMenu(page);
    await press(page, 'history-network');
    await drawn(page);
  },
  recordingFile: async (page) => {
    await press(page, 'nav-settings');
    await press(page, 'recording-open');
    await drawn(page);
  },
};
