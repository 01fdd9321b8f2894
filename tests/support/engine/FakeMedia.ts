import type { MediaPort } from '../../../src/renderer/engine/ports.ts';

/** A track as far as the engine looks at one. */
class FakeTrack extends EventTarget {
  readonly kind: 'audio' | 'video';
  readonly id: string;
  readonly device: string;
  enabled = true;
  readyState: 'live' | 'ended' = 'live';

  constructor(kind: 'audio' | 'video', device: string) {
    super();
    this.kind = kind;
    this.device = device;
    this.id = crypto.randomUUID();
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.device };
  }

  /** As in the browser: no `ended` event for a track that was stopped on purpose. */
  stop(): void {
    this.readyState = 'ended';
  }

  /** The device went away. */
  lose(): void {
    if (this.readyState === 'live') {
      this.readyState = 'ended';
      this.dispatchEvent(new Event('ended'));
    }
  }
}

class FakeStream {
  readonly #tracks: MediaStreamTrack[];

  constructor(tracks: readonly MediaStreamTrack[]) {
    this.#tracks = [...tracks];
  }

  getTracks(): MediaStreamTrack[] {
    return [...this.#tracks];
  }

  getAudioTracks(): MediaStreamTrack[] {
    return this.#tracks.filter(({ kind }) => kind === 'audio');
  }

  getVideoTracks(): MediaStreamTrack[] {
    return this.#tracks.filter(({ kind }) => kind === 'video');
  }

  addTrack(track: MediaStreamTrack): void {
    this.#tracks.push(track);
  }

  removeTrack(track: MediaStreamTrack): void {
    const index = this.#tracks.indexOf(track);
    if (index !== -1) {
      this.#tracks.splice(index, 1);
    }
  }
}

export const fakeTrack = (kind: 'audio' | 'video', device = 'somewhere'): MediaStreamTrack =>
  new FakeTrack(kind, device) as unknown as MediaStreamTrack;

export const fakeStream = (tracks: readonly MediaStreamTrack[] = []): MediaStream =>
  new FakeStream(tracks) as unknown as MediaStream;

export interface FakeDevice {
  readonly kind: MediaDeviceKind;
  readonly deviceId: string;
  readonly label: string;
  readonly groupId: string;
}

const device = (kind: MediaDeviceKind, deviceId: string, label = deviceId): FakeDevice => ({
  kind,
  deviceId,
  label,
  groupId: `group of ${deviceId}`,
});

const standard: readonly FakeDevice[] = [
  device('videoinput', 'cam1'),
  device('videoinput', 'cam2'),
  device('audioinput', 'mic1'),
  device('audioinput', 'mic2'),
  device('audiooutput', 'speaker1'),
];

const named = (name: string): Error => Object.assign(new Error(name), { name });

/** `navigator.mediaDevices` with devices that can be unplugged, refused and slow. */
export class FakeMediaDevices implements MediaPort {
  #devices: readonly FakeDevice[];
  readonly #listeners = new Set<() => void>();
  readonly #tracks: FakeTrack[] = [];
  readonly #waiting: (() => void)[] = [];
  /** Device id to the name of the exception that opening it throws. */
  readonly failures = new Map<string, string>();
  /** While true, `getUserMedia` waits for `release()`. */
  held = false;
  /** Kinds of devices whose driver hangs: `getUserMedia` waits for `release()`. */
  readonly hung = new Set<'audioinput' | 'videoinput'>();

  constructor(devices: readonly FakeDevice[] = standard) {
    this.#devices = devices;
  }

  async enumerateDevices(): Promise<MediaDeviceInfo[]> {
    await Promise.resolve();
    return this.#devices.map((entry) => ({ ...entry, toJSON: () => entry }));
  }

  async getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    const kind = constraints.video === undefined ? 'audioinput' : 'videoinput';
    if (this.held || this.hung.has(kind)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    await Promise.resolve();
    const wanted = exactId(constraints.video ?? constraints.audio);
    const found = this.#devices.find(
      (entry) => entry.kind === kind && (wanted === undefined || entry.deviceId === wanted),
    );
    if (found === undefined) {
      throw named(wanted === undefined ? 'NotFoundError' : 'OverconstrainedError');
    }
    const failure = this.failures.get(found.deviceId);
    if (failure !== undefined) {
      throw named(failure);
    }
    const track = new FakeTrack(kind === 'audioinput' ? 'audio' : 'video', found.deviceId);
    this.#tracks.push(track);
    return fakeStream([track as unknown as MediaStreamTrack]);
  }

  addEventListener(_type: 'devicechange', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'devicechange', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  release(): void {
    this.held = false;
    this.hung.clear();
    for (const resolve of this.#waiting.splice(0)) {
      resolve();
    }
  }

  unplug(deviceId: string): void {
    this.#devices = this.#devices.filter((entry) => entry.deviceId !== deviceId);
    for (const track of this.#tracks.filter((candidate) => candidate.device === deviceId)) {
      track.lose();
    }
    this.#changed();
  }

  plugIn(entry: FakeDevice): void {
    this.#devices = [...this.#devices, entry];
    this.#changed();
  }

  /** Devices with a live track: whose light is on. */
  get live(): readonly string[] {
    return this.#tracks.filter(({ readyState }) => readyState === 'live').map((track) => track.device);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  #changed(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

function exactId(constraint: boolean | MediaTrackConstraints | undefined): string | undefined {
  const id = typeof constraint === 'object' ? constraint.deviceId : undefined;
  return typeof id === 'object' && 'exact' in id && typeof id.exact === 'string' ? id.exact : undefined;
}
