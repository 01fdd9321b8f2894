import { randomUUID } from 'node:crypto';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { ok } from '#shared/result.ts';
import {
  backplaneFailed,
  type Backplane,
  type BackplaneListener,
  type BackplaneResult,
  type NodeId,
  type Registration,
} from './Backplane.ts';

/** Keys kept; at some 150 bytes each about 15 MB. The ids that were away longest go first. */
const maxKeys = 100_000;

/** What the nodes of one process share; a server that stands alone has one to itself. */
export class MemoryHub {
  readonly nodes = new Map<NodeId, BackplaneListener>();
  readonly places = new Map<PeerId, Map<DeviceId, NodeId>>();
  readonly keys = new Map<PeerId, string>();
}

const nowhere = ok<readonly NodeId[]>([]);
const done = ok(null);

/** A backplane without a network: for a server that stands alone, and for tests of several. */
export class MemoryBackplane implements Backplane {
  readonly nodeId: NodeId = randomUUID();
  readonly #hub: MemoryHub;
  #running = false;

  constructor(options: { readonly hub?: MemoryHub } = {}) {
    this.#hub = options.hub ?? new MemoryHub();
  }

  async start(listener: BackplaneListener): Promise<BackplaneResult<null>> {
    this.#hub.nodes.set(this.nodeId, listener);
    this.#running = true;
    return Promise.resolve(done);
  }

  async register(id: PeerId, deviceId: DeviceId, maxDevices: number): Promise<BackplaneResult<Registration>> {
    if (!this.#running) {
      return Promise.resolve(backplaneFailed('closed'));
    }
    const devices = this.#hub.places.get(id) ?? new Map<DeviceId, NodeId>();
    const holder = devices.get(deviceId);
    if (holder === undefined && devices.size >= maxDevices) {
      return Promise.resolve(ok<Registration>({ outcome: 'full' }));
    }
    devices.set(deviceId, this.nodeId);
    this.#hub.places.set(id, devices);
    const previous = holder === this.nodeId ? undefined : holder;
    return Promise.resolve(ok<Registration>({ outcome: 'registered', previous }));
  }

  async unregister(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<null>> {
    const devices = this.#hub.places.get(id);
    if (devices?.get(deviceId) === this.nodeId) {
      devices.delete(deviceId);
      if (devices.size === 0) {
        this.#hub.places.delete(id);
      }
    }
    return Promise.resolve(done);
  }

  async otherNodes(id: PeerId, deviceId?: DeviceId): Promise<BackplaneResult<readonly NodeId[]>> {
    const devices = this.#hub.places.get(id);
    if (devices === undefined || this.#hub.nodes.size === 1) {
      return Promise.resolve(nowhere);
    }
    const nodes = deviceId === undefined ? devices.values() : [devices.get(deviceId)];
    const others = new Set([...nodes].filter((node) => node !== undefined && node !== this.nodeId));
    return Promise.resolve(ok([...others] as readonly NodeId[]));
  }

  async publish(node: NodeId, text: string): Promise<BackplaneResult<boolean>> {
    if (!this.#running) {
      return Promise.resolve(backplaneFailed('closed'));
    }
    const known = this.#hub.nodes.has(node);
    // Never within the caller's turn: with a network it cannot happen either.
    queueMicrotask(() => this.#hub.nodes.get(node)?.message(text));
    return Promise.resolve(ok(known));
  }

  async rememberKey(id: PeerId, publicKey: string): Promise<BackplaneResult<null>> {
    const { keys } = this.#hub;
    keys.delete(id);
    keys.set(id, publicKey);
    if (keys.size > maxKeys) {
      const [oldest] = keys.keys();
      if (oldest !== undefined) {
        keys.delete(oldest);
      }
    }
    return Promise.resolve(done);
  }

  async findKey(id: PeerId): Promise<BackplaneResult<string | undefined>> {
    return Promise.resolve(ok(this.#hub.keys.get(id)));
  }

  healthy(): boolean {
    return this.#running;
  }

  async close(): Promise<void> {
    this.#running = false;
    this.#hub.nodes.delete(this.nodeId);
    for (const [id, devices] of this.#hub.places) {
      for (const [deviceId, node] of devices) {
        if (node === this.nodeId) {
          devices.delete(deviceId);
        }
      }
      if (devices.size === 0) {
        this.#hub.places.delete(id);
      }
    }
    return Promise.resolve();
  }
}
