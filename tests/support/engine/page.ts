import { systemClock } from '#shared/clock.ts';
import type { CallRecording } from '#shared/call/recording.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { ReceivedCallMessage, SendReceipt } from '#shared/ipc/contract.ts';
import { createLogger } from '#shared/logging.ts';
import { ok, type Result } from '#shared/result.ts';
import { hasRelay } from '#shared/iceUrls.ts';
import { defaultSettings, type IceServer, type Settings } from '#shared/settings.ts';
import { createBrowserPorts } from '../../../src/renderer/engine/browserPorts.ts';
import { CallEngine } from '../../../src/renderer/engine/CallEngine.ts';
import { IceProbe, type IceProbeResult } from '../../../src/renderer/engine/IceProbe.ts';
import { NatProbe, type NatKind } from '../../../src/renderer/engine/NatProbe.ts';
import type { OutgoingCallMessage, SignalingPort } from '../../../src/renderer/engine/ports.ts';
import type { NetworkReading } from '../../../src/renderer/engine/types.ts';
import { mediaDevicesSuite } from './mediaDevicesSuite.ts';
import { peerConnectionSuite } from './peerConnectionSuite.ts';

/** The page of the engine's browser tests: one engine, joined to the other page by a BroadcastChannel. */

interface Wire {
  readonly kind: 'message' | 'ack';
  readonly ref: string;
  readonly to: string;
  readonly from: string;
  readonly message?: OutgoingCallMessage;
}

/** A peer that does not answer within this is gone, milliseconds. */
const ackLimit = 2_000;

class ChannelSignaling implements SignalingPort {
  readonly #channel = new BroadcastChannel('peerline');
  readonly #id: PeerId;
  readonly #listeners = new Set<(message: ReceivedCallMessage) => void>();
  readonly #acks = new Map<string, () => void>();
  /** What was sent, as text. */
  readonly said: string[] = [];
  mangle: ((message: OutgoingCallMessage) => OutgoingCallMessage) | undefined;

  constructor(id: PeerId) {
    this.#id = id;
    this.#channel.addEventListener('message', (event: MessageEvent<Wire>) => this.#receive(event.data));
  }

  async send(message: OutgoingCallMessage): Promise<Result<SendReceipt>> {
    const ref = crypto.randomUUID();
    this.said.push(JSON.stringify(message.body));
    const wire = { kind: 'message', ref, to: message.to, from: this.#id } as const;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(ok({ devices: [], stored: false })), ackLimit);
      this.#acks.set(ref, () => {
        clearTimeout(timer);
        resolve(ok({ devices: [deviceOf(message.to)], stored: false }));
      });
      this.#channel.postMessage({ ...wire, message: this.mangle?.(message) ?? message });
    });
  }

  onMessage(listener: (message: ReceivedCallMessage) => void) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The channel keeps nothing. */
  async leaveNotice() {
    return Promise.resolve(ok(false));
  }

  /** A peer of this page has one device. */
  onTaken() {
    return () => undefined;
  }

  onState() {
    return () => undefined;
  }

  state() {
    return { phase: 'online', url: 'channel:', since: 0 } as const;
  }

  #receive(wire: Wire): void {
    if (wire.to !== this.#id) {
      return;
    }
    if (wire.kind === 'ack') {
      this.#acks.get(wire.ref)?.();
      this.#acks.delete(wire.ref);
      return;
    }
    this.#channel.postMessage({ kind: 'ack', ref: wire.ref, to: wire.from, from: this.#id });
    if (wire.message !== undefined) {
      const { callId, body } = wire.message;
      const from = wire.from as PeerId;
      for (const listener of this.#listeners) {
        listener({ from, fromDevice: deviceOf(from), callId, body, contact: true, ageMs: 0 });
      }
    }
  }
}

const deviceOf = (id: string): DeviceId => `${id}-device` as DeviceId;

/** Every connection and every captured track of the page, so that a test can show that none is left. */
const connections: RTCPeerConnection[] = [];
const captured: MediaStreamTrack[] = [];

function element(name: string, stream: MediaStream | null, muted: boolean): HTMLVideoElement {
  const found = document.getElementById(name);
  const video = found instanceof HTMLVideoElement ? found : document.createElement('video');
  video.id = name;
  video.autoplay = true;
  video.muted = muted;
  video.srcObject = stream;
  document.body.append(video);
  return video;
}

async function frameShown(video: HTMLVideoElement): Promise<number> {
  return new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve(Date.now()));
  });
}

/** How an engine of a page is made. */
export interface PeerOptions {
  readonly autoAccept?: boolean;
  readonly network?: Partial<Settings['network']>;
  readonly iceServers?: readonly IceServer[];
}

function createPeer(id: string, options: PeerOptions = {}) {
  const ports = createBrowserPorts(systemClock);
  const servers = options.iceServers ?? [];
  const changed = new Set<() => void>();
  const signaling = new ChannelSignaling(id as PeerId);
  const engine = new CallEngine({
    ...ports,
    rtc: {
      ...ports.rtc,
      createConnection: (configuration) => {
        const connection = ports.rtc.createConnection(configuration);
        connections.push(connection);
        return connection;
      },
    },
    media: {
      enumerateDevices: async () => navigator.mediaDevices.enumerateDevices(),
      getUserMedia: async (constraints) => {
        const stream = await navigator.mediaDevices.getUserMedia(constraints);
        captured.push(...stream.getTracks());
        return stream;
      },
      addEventListener: (type, listener) => navigator.mediaDevices.addEventListener(type, listener),
      removeEventListener: (type, listener) => navigator.mediaDevices.removeEventListener(type, listener),
    },
    identity: { id: id as PeerId, deviceId: deviceOf(id) },
    signaling,
    activeCall: { report: async () => Promise.resolve(ok(null)) },
    permission: { access: async () => Promise.resolve(ok('granted')) },
    clock: systemClock,
    logger: createLogger({
      name: id,
      level: 'debug',
      sink: ({ level, message, context }) => console.log(level, message, JSON.stringify(context)),
    }),
    preferences: { camera: null, microphone: null, speaker: null },
    iceServers: {
      get: async () =>
        Promise.resolve(ok({ servers, expiresAt: null, relays: servers.filter(hasRelay).length })),
    },
    networkChanges: {
      onChanged: (listener) => {
        changed.add(listener);
        return () => void changed.delete(listener);
      },
    },
    network: { ...defaultSettings().network, ...options.network },
    ringSeconds: 45,
  });
  const marks = { accepted: 0, firstFrame: 0, remoteLevel: 0, microphoneLevel: 0 };
  engine.on('remoteStream', (stream) => {
    const video = element('remote', stream, false);
    marks.firstFrame = 0;
    if (stream !== null) {
      void frameShown(video).then((at) => {
        marks.firstFrame = at;
      });
    }
  });
  engine.on('localVideo', (stream) => element('local', stream, true));
  engine.on('remoteLevel', (level) => {
    marks.remoteLevel = Math.max(level, marks.remoteLevel);
  });
  engine.on('microphoneLevel', (level) => {
    marks.microphoneLevel = Math.max(level, marks.microphoneLevel);
  });
  engine.on('call', (call) => {
    if (call?.phase === 'incoming' && options.autoAccept === true) {
      marks.accepted = Date.now();
      engine.accept({ video: true });
    }
  });
  const seen: { readings: NetworkReading[]; recordings: CallRecording[] } = { readings: [], recordings: [] };
  engine.on('network', (reading) => seen.readings.push(reading));
  engine.on('recording', (recording) => seen.recordings.push(recording));
  engine.start();
  return { engine, signaling, seen, marks, networkChanges: () => changed.forEach((listener) => listener()) };
}

let peer: ReturnType<typeof createPeer> | undefined;

const current = () => {
  if (peer === undefined) {
    throw new Error('no peer was created in this page');
  }
  return peer;
};

/** What the test process calls through `page.evaluate`. */
const harness = {
  create(id: string, options: PeerOptions = {}): void {
    peer = createPeer(id, options);
  },
  engine: () => current().engine,
  signaling: () => current().signaling,
  marks: () => ({ ...current().marks }),
  resetMarks(): void {
    Object.assign(current().marks, { accepted: 0, firstFrame: 0, remoteLevel: 0, microphoneLevel: 0 });
  },
  accept(video: boolean): void {
    current().marks.accepted = Date.now();
    current().engine.accept({ video });
  },
  /** What the engine told of the network of its calls. */
  seen: () => current().seen,
  /** From now on the peer seems to lose that part of what is sent, 0 to 1: nothing is lost between two windows. */
  loseWhatIsSent(fractionLost: number): void {
    const connection = connections.at(-1);
    if (connection === undefined) {
      throw new Error('no connection');
    }
    Object.defineProperty(connection, 'getStats', {
      configurable: true,
      value: async () => {
        const report = await RTCPeerConnection.prototype.getStats.call(connection);
        return new Map(
          [...(report as unknown as Map<string, { type: string }>)].map(([id, entry]) => [
            id,
            entry.type === 'remote-inbound-rtp' ? { ...entry, fractionLost } : entry,
          ]),
        );
      },
    });
  },
  networkChanges(): void {
    current().networkChanges();
  },
  closeEngine(): void {
    current().engine.close();
  },
  /** Frames that the remote picture has shown so far. */
  frames: (): number =>
    (document.getElementById('remote') as HTMLVideoElement | null)?.getVideoPlaybackQuality()
      .totalVideoFrames ?? 0,
  /** Mean brightness of the remote picture, 0 to 255. */
  brightness(): number {
    const video = document.getElementById('remote') as HTMLVideoElement | null;
    const context = new OffscreenCanvas(64, 36).getContext('2d');
    if (video === null || context === null) {
      return 0;
    }
    context.drawImage(video, 0, 0, 64, 36);
    const { data } = context.getImageData(0, 0, 64, 36);
    const sum = data.reduce((total, value, index) => (index % 4 === 3 ? total : total + value), 0);
    return sum / (64 * 36 * 3);
  },
  live: () => ({
    tracks: captured.filter((track) => track.readyState === 'live').map((track) => track.kind),
    connections: connections.filter((connection) => connection.connectionState !== 'closed').length,
  }),
  connections,
  /**
   * The connection seems to have failed until it was negotiated anew: a path between two windows of one
   * computer cannot be cut. Resolves when the new description is in force.
   */
  async interrupt(): Promise<void> {
    const connection = connections.at(-1);
    if (connection === undefined) {
      throw new Error('no connection');
    }
    const before = connection.remoteDescription?.sdp;
    Object.defineProperty(connection, 'connectionState', { configurable: true, value: 'failed' });
    connection.dispatchEvent(new Event('connectionstatechange'));
    await new Promise<void>((resolve) => {
      connection.addEventListener('signalingstatechange', () => {
        if (connection.signalingState === 'stable' && connection.remoteDescription?.sdp !== before) {
          resolve();
        }
      });
    });
    Reflect.deleteProperty(connection, 'connectionState');
    connection.dispatchEvent(new Event('connectionstatechange'));
  },
  async probeNat(servers: readonly string[]): Promise<NatKind> {
    return new NatProbe({ rtc: createBrowserPorts(systemClock).rtc, clock: systemClock }).probe(servers);
  },
  async probeIce(server: IceServer): Promise<IceProbeResult> {
    return new IceProbe({ rtc: createBrowserPorts(systemClock).rtc, clock: systemClock }).probe(server);
  },
  async runMediaSuite(name: string): Promise<void> {
    const test = mediaDevicesSuite.find((candidate) => candidate.name === name);
    if (test === undefined) {
      throw new Error(`no case ${name}`);
    }
    await test.run(navigator.mediaDevices);
  },
  async runSuite(name: string): Promise<void> {
    const test = peerConnectionSuite.find((candidate) => candidate.name === name);
    if (test === undefined) {
      throw new Error(`no case ${name}`);
    }
    await test.run({
      createConnection: () => new RTCPeerConnection(),
      createTrack: async (kind) => {
        const stream = await navigator.mediaDevices.getUserMedia(
          kind === 'audio' ? { audio: true } : { video: true },
        );
        const [track] = stream.getTracks();
        if (track === undefined) {
          throw new Error(`no ${kind} track`);
        }
        return track;
      },
      createStream: () => new MediaStream(),
    });
  },
};

export type EngineHarness = typeof harness;

Object.assign(window, { harness });
