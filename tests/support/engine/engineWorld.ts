import type { DeviceId } from '#shared/identity/ids.ts';
import type { CallId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CallIceServers } from '#shared/ipc/contract.ts';
import { ok } from '#shared/result.ts';
import { defaultSettings, type Settings } from '#shared/settings.ts';
import { CallEngine, type CallEngineOptions } from '../../../src/renderer/engine/CallEngine.ts';
import type { ActiveCall } from '../../../src/renderer/engine/ports.ts';
import type { CallSnapshot, MissedCall, TakenCall } from '../../../src/renderer/engine/types.ts';
import { FakeClock } from '../FakeClock.ts';
import { testLogger } from '../testLogger.ts';
import { asConnection, FakeRtcNetwork } from './FakeRtcNetwork.ts';
import { FakeMediaDevices, fakeStream } from './FakeMedia.ts';
import { FakeSignalingNetwork } from './FakeSignaling.ts';

export const peerA = 'AAAA' as PeerId;
export const peerB = 'BBBB' as PeerId;
export const peerC = 'CCCC' as PeerId;
export const deviceId = (name: string): DeviceId => name as DeviceId;
export const callId = (name: string): CallId => name as CallId;

export const networkOf = (network: Partial<Settings['network']> = {}): Settings['network'] => ({
  ...defaultSettings().network,
  ...network,
});

/** What a browser can take as a picture. */
const fakeVideoCodecs: readonly RTCRtpCodec[] = ['VP8', 'rtx', 'VP9', 'H264', 'AV1'].map((name) => ({
  mimeType: `video/${name}`,
  clockRate: 90_000,
}));

export const relay = { urls: ['turn:relay.test'], username: 'u', credential: 'c' };

/** Whole engines on fakes, with what their interfaces would have seen. */
export function createWorld(defaults: { readonly fastAnswer?: Settings['network']['fastAnswer'] } = {}) {
  const clock = new FakeClock();
  const signaling = new FakeSignalingNetwork();
  const rtc = new FakeRtcNetwork();
  let calls = 0;

  const peer = (id: PeerId, options: { device?: string } & Partial<CallEngineOptions> = {}) => {
    const { device = `${id}-1`, ...overrides } = options;
    const port = signaling.join(id, deviceId(device));
    const media = new FakeMediaDevices();
    const watched = new Set<object>();
    const { logger, records } = testLogger();
    const reported: ActiveCall[] = [];
    /** What main knows of ICE servers; a test may put others in. */
    const ice: { servers: CallIceServers; asked: number } = {
      servers: { servers: [], expiresAt: null, relays: 0 },
      asked: 0,
    };
    const networkListeners = new Set<() => void>();
    const engine = new CallEngine({
      identity: { id, deviceId: deviceId(device) },
      signaling: port,
      activeCall: {
        report: async (call) => {
          reported.push(call);
          return Promise.resolve(ok(null));
        },
      },
      permission: { access: async () => Promise.resolve(ok('granted')) },
      media,
      rtc: {
        createConnection: (configuration) => asConnection(rtc.create(configuration)),
        createStream: (tracks) => fakeStream(tracks),
        videoCodecs: () => fakeVideoCodecs,
      },
      levels: {
        watch: (stream) => {
          watched.add(stream);
          return () => void watched.delete(stream);
        },
        close: () => undefined,
      },
      newCallId: () => callId(`call-${(calls += 1)}-of-${device}`),
      clock,
      logger,
      preferences: { camera: null, microphone: null, speaker: null },
      iceServers: {
        get: async () => {
          ice.asked += 1;
          return Promise.resolve(ok(ice.servers));
        },
      },
      networkChanges: {
        onChanged: (listener) => {
          networkListeners.add(listener);
          return () => void networkListeners.delete(listener);
        },
      },
      network: networkOf(defaults),
      ringSeconds: 45,
      ...overrides,
    });
    const shown: (CallSnapshot | undefined)[] = [];
    const missed: MissedCall[] = [];
    engine.on('call', (call) => shown.push(call));
    const takenElsewhere: TakenCall[] = [];
    engine.on('missed', (call) => missed.push(call));
    engine.on('takenElsewhere', (call) => takenElsewhere.push(call));
    engine.start();
    /** Phases in the order they were shown, repetitions left out. */
    const phases = () =>
      shown
        .map((call) => call?.phase ?? 'idle')
        .filter((phase, index, all) => index === 0 || phase !== all[index - 1]);
    const reason = () => (engine.call?.phase === 'ended' ? engine.call.reason : undefined);
    const networkChanges = () => networkListeners.forEach((listener) => listener());
    return {
      ...{ engine, port, media, watched, records, reported, shown, missed, takenElsewhere, phases, reason },
      ...{ ice, networkChanges, networkListeners },
    };
  };

  /** Two peers in a video call. */
  const inCall = async () => {
    const a = peer(peerA);
    const b = peer(peerB);
    a.engine.dial(peerB, { video: true });
    await clock.flush();
    b.engine.accept({ video: true });
    await clock.flush();
    return { a, b };
  };

  return { clock, signaling, rtc, peer, inCall };
}

export type World = ReturnType<typeof createWorld>;
export type TestPeer = ReturnType<World['peer']>;
