import type { DeviceId } from '#shared/identity/ids.ts';
import type { OwnDevice } from '#shared/people/ownDevices.ts';
import type { OwnDeviceTable } from './OwnDeviceTable.ts';

/** The computers of the person as they are shown: those that are known, and which of them are connected. */
export class OwnDeviceList {
  readonly #self: { readonly deviceId: DeviceId; readonly platform: string; readonly name: () => string };
  readonly #table: Pick<OwnDeviceTable, 'all' | 'get' | 'keep'>;
  readonly #now: () => number;
  readonly #onChanged: (devices: readonly OwnDevice[]) => void;
  #online = false;
  #connected: ReadonlySet<DeviceId> = new Set();
  #shown = '';

  constructor(options: {
    readonly self: { readonly deviceId: DeviceId; readonly platform: string; readonly name: () => string };
    readonly table: Pick<OwnDeviceTable, 'all' | 'get' | 'keep'>;
    /** Wall clock, milliseconds since the epoch. */
    readonly now: () => number;
    readonly onChanged: (devices: readonly OwnDevice[]) => void;
  }) {
    this.#self = options.self;
    this.#table = options.table;
    this.#now = options.now;
    this.#onChanged = options.onChanged;
  }

  /** Whether this device has a session. */
  get online(): boolean {
    return this.#online;
  }

  /** This device first, then the one seen last. */
  get devices(): readonly OwnDevice[] {
    const now = this.#now();
    const self = {
      ...{
        deviceId: this.#self.deviceId,
        name: this.#self.name(),
        platform: this.#self.platform,
        self: true,
      },
      connected: this.#online,
      lastSeen: now,
    };
    const known = this.#table.all
      .filter(({ deviceId, signedOut }) => !signedOut || this.#connected.has(deviceId))
      .map(({ deviceId, name, platform, lastSeen }) => {
        const connected = this.#connected.has(deviceId);
        return { deviceId, name, platform, self: false, connected, lastSeen };
      });
    // Connected under this identity without having said a word: the person should see it all the same.
    const silent = [...this.#connected]
      .filter((deviceId) => this.#table.get(deviceId) === undefined)
      .map((deviceId) => ({
        ...{ deviceId, name: '', platform: '', self: false, connected: true, lastSeen: now },
      }));
    return [self, ...[...known, ...silent].sort((a, b) => b.lastSeen - a.lastSeen)];
  }

  isConnected(device: DeviceId): boolean {
    return this.#connected.has(device);
  }

  /** What the server says who is connected now. */
  connected(devices: readonly DeviceId[]): void {
    this.#connected = new Set(devices.filter((device) => device !== this.#self.deviceId));
    for (const row of this.#table.all) {
      if (this.#connected.has(row.deviceId)) {
        this.#table.keep({ ...row, lastSeen: this.#now() });
      }
    }
    this.show();
  }

  /** A device was heard of. */
  met(device: DeviceId): void {
    this.#connected = new Set([...this.#connected, device]);
    this.show();
  }

  left(device: DeviceId): void {
    this.#connected = new Set([...this.#connected].filter((other) => other !== device));
    this.show();
  }

  setOnline(online: boolean): void {
    if (online !== this.#online) {
      this.#online = online;
      this.#connected = new Set();
      this.show();
    }
  }

  /** Tells of a change; that time passes is none. */
  show(): void {
    const { devices } = this;
    const shown = JSON.stringify(devices.map((device) => ({ ...device, lastSeen: 0 })));
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#onChanged(devices);
    }
  }
}
