import type { CancelTimer, Clock } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { Logger } from '#shared/logging.ts';
import { realDevices, selectDevice, type ListedDevice } from './deviceSelection.ts';
import type { MediaPort } from './ports.ts';
import { TaskQueue } from './TaskQueue.ts';
import {
  deviceKinds,
  type DeviceKind,
  type DeviceOption,
  type DeviceProblem,
  type DeviceSnapshot,
  type DeviceState,
} from './types.ts';

/** One unplugged hub makes a burst of events; wait until it is over. Milliseconds. */
const relistDelay = 200;

const browserKinds: Record<DeviceKind, MediaDeviceKind> = {
  camera: 'videoinput',
  microphone: 'audioinput',
  speaker: 'audiooutput',
};

export type DevicePreferences = Readonly<Record<DeviceKind, DeviceOption | null>>;

interface DeviceEvents {
  /** Something in the snapshot changed. */
  readonly changed: DeviceSnapshot;
  /** The devices were listed anew, changed or not: a good moment to open one that failed. */
  readonly listed: DeviceSnapshot;
}

const sameOption = (a: DeviceOption | null, b: DeviceOption | null): boolean =>
  a?.deviceId === b?.deviceId && a?.label === b?.label;

const sameState = (a: DeviceState, b: DeviceState): boolean =>
  a.problem === b.problem &&
  sameOption(a.active, b.active) &&
  sameOption(a.preferred, b.preferred) &&
  a.options.length === b.options.length &&
  a.options.every((entry, index) => sameOption(entry, b.options[index] ?? null));

/** Knows which devices there are, which the person prefers and which are therefore in use. */
export class DeviceManager {
  readonly #media: MediaPort;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #events: Emitter<DeviceEvents>;
  readonly #queue: TaskQueue;
  #inventory: Readonly<Record<DeviceKind, readonly ListedDevice[]>> = {
    camera: [],
    microphone: [],
    speaker: [],
  };
  #preferred: DevicePreferences;
  #problems: Readonly<Record<DeviceKind, DeviceProblem | null>> = {
    camera: null,
    microphone: null,
    speaker: null,
  };
  #snapshot: DeviceSnapshot;
  #cancelRelist: CancelTimer | undefined;
  #first: Promise<void> | undefined;

  constructor(options: {
    readonly media: MediaPort;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly preferences: DevicePreferences;
  }) {
    this.#media = options.media;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#preferred = options.preferences;
    this.#events = new Emitter((error) => this.#log.error('device listener failed', { error }));
    this.#queue = new TaskQueue({
      onError: ({ label, error }) => this.#log.warn('device task failed', { label, error }),
    });
    this.#snapshot = this.#compute();
  }

  get snapshot(): DeviceSnapshot {
    return this.#snapshot;
  }

  on<K extends keyof DeviceEvents>(event: K, listener: (payload: DeviceEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  start(): void {
    this.#media.addEventListener('devicechange', this.#onDeviceChange);
    void this.ready();
  }

  close(): void {
    this.#media.removeEventListener('devicechange', this.#onDeviceChange);
    this.#cancelRelist?.();
    this.#queue.close();
    this.#events.clear();
  }

  /** The person's choice; kept whether or not the device is there. */
  prefer(kind: DeviceKind, preference: DeviceOption | null): void {
    this.#preferred = { ...this.#preferred, [kind]: preference };
    this.#update();
    this.#events.emit('listed', this.#snapshot);
  }

  /** Why a device could not be opened; null once it works. */
  setProblem(kind: DeviceKind, problem: DeviceProblem | null): void {
    this.#problems = { ...this.#problems, [kind]: problem };
    this.#update();
  }

  /** Lists anew when a burst of changes is over: after `devicechange`, and when a track ended by itself. */
  scheduleList(): void {
    this.#cancelRelist?.();
    this.#cancelRelist = this.#clock.after(relistDelay, () => void this.#list());
  }

  /** Resolves when the devices have been listed once. */
  async ready(): Promise<void> {
    this.#first ??= this.#list();
    return this.#first;
  }

  readonly #onDeviceChange = (): void => this.scheduleList();

  async #list(): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push('list', async () => {
        try {
          this.#read(await this.#media.enumerateDevices());
        } finally {
          resolve();
        }
      });
    });
  }

  #read(devices: readonly MediaDeviceInfo[]): void {
    const ofKind = (kind: DeviceKind): ListedDevice[] =>
      devices
        .filter((device) => device.kind === browserKinds[kind])
        .map(({ deviceId, label, groupId }) => ({ deviceId, label, groupId }));
    this.#inventory = {
      camera: ofKind('camera'),
      microphone: ofKind('microphone'),
      speaker: ofKind('speaker'),
    };
    this.#update();
    this.#events.emit('listed', this.#snapshot);
  }

  #compute(): DeviceSnapshot {
    const stateOf = (kind: DeviceKind): DeviceState => ({
      options: realDevices(this.#inventory[kind])
        // Before the permission Chromium lists one nameless entry per kind.
        .filter(({ deviceId }) => deviceId !== '')
        .map(({ deviceId, label }) => ({ deviceId, label })),
      preferred: this.#preferred[kind],
      active: selectDevice(kind, this.#inventory[kind], this.#preferred[kind]),
      problem: this.#problems[kind],
    });
    return { camera: stateOf('camera'), microphone: stateOf('microphone'), speaker: stateOf('speaker') };
  }

  #update(): void {
    const next = this.#compute();
    if (deviceKinds.every((kind) => sameState(next[kind], this.#snapshot[kind]))) {
      return;
    }
    this.#snapshot = next;
    this.#events.emit('changed', next);
  }
}
