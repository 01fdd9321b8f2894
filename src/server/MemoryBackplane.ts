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

/** Keys kept; at some 150 bytes each about 15 MB. The ids that were away longest go first; connected ones stay. */
const maxKeys = 100_000;

interface Place {
  readonly deviceId: DeviceId;
  node: NodeId;
}

/** What the nodes of one process share; a server that stands alone has one to itself. */
export class MemoryHub {
  readonly nodes = new Map<NodeId, BackplaneListener>();
  readonly places = new Map<PeerId, Place[]>();
  readonly keys = new Map<PeerId, string>();
}

const nowhere = ok<readonly NodeId[]>([]);
const done = ok(null);
const settled = Promise.resolve();

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
    const places = this.#hub.places.get(id);
    const place = places?.find((candidate) => candidate.deviceId === deviceId);
    if (place !== undefined) {
      const previous = place.node === this.nodeId ? undefined : place.node;
      place.node = this.nodeId;
      return Promise.resolve(ok<Registration>({ outcome: 'registered', previous }));
    }
    if ((places?.length ?? 0) >= maxDevices) {
      return Promise.resolve(ok<Registration>({ outcome: 'full' }));
    }
    const added = { deviceId, node: this.nodeId };
    if (places === undefined) {
      this.#hub.places.set(id, [added]);
    } else {
      places.push(added);
    }
    return Promise.resolve(ok<Registration>({ outcome: 'registered', previous: undefined }));
  }

  async unregister(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<null>> {
    this.#remove(id, (place) => place.deviceId === deviceId);
    return Promise.resolve(done);
  }

  async otherNodes(id: PeerId, deviceId?: DeviceId): Promise<BackplaneResult<readonly NodeId[]>> {
    const places = this.#hub.places.get(id);
    if (places === undefined || this.#hub.nodes.size === 1) {
      await settled;
      return nowhere;
    }
    const others = new Set<NodeId>();
    for (const place of places) {
      if (place.node !== this.nodeId && (deviceId === undefined || place.deviceId === deviceId)) {
        others.add(place.node);
      }
    }
    return ok<readonly NodeId[]>([...others]);
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
    // One round at most: there are no more connected ids than connections.
    for (let left = keys.size; keys.size > maxKeys && left > 0; left--) {
      this.#ageOldest();
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
    for (const id of [...this.#hub.places.keys()]) {
      this.#remove(id, () => true);
    }
    return Promise.resolve();
  }

  /** Forgets the oldest key, or counts it among the youngest if its id is connected. */
  #ageOldest(): void {
    const { keys, places } = this.#hub;
    const [oldest] = keys;
    if (oldest !== undefined) {
      const [id, publicKey] = oldest;
      keys.delete(id);
      if (places.has(id)) {
        keys.set(id, publicKey);
      }
    }
  }

  /** Removes those of this node's places that match. */
  #remove(id: PeerId, matches: (place: Place) => boolean): void {
    const left = this.#hub.places.get(id)?.filter((place) => place.node !== this.nodeId || !matches(place));
    if (left === undefined || left.length === 0) {
      this.#hub.places.delete(id);
    } else {
      this.#hub.places.set(id, left);
    }
  }
}
