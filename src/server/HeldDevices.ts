import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { PresenceState } from '#shared/protocol/messages.ts';
import { Book } from './Book.ts';

/** A device of this node, and what must be put back if Redis loses it. */
export interface Held {
  state: PresenceState;
  book: Book;
}

/** The devices that one node has. */
export class HeldDevices {
  readonly #byId = new Map<PeerId, Map<DeviceId, Held>>();

  /** The device, which is held from now on if it was not. */
  hold(id: PeerId, deviceId: DeviceId): Held {
    const devices = this.#byId.get(id) ?? new Map<DeviceId, Held>();
    const held = devices.get(deviceId) ?? { state: 'offline', book: Book.empty };
    this.#byId.set(id, devices.set(deviceId, held));
    return held;
  }

  find(id: PeerId, deviceId: DeviceId): Held | undefined {
    return this.#byId.get(id)?.get(deviceId);
  }

  /** True when it was held. */
  forget(id: PeerId, deviceId: DeviceId): boolean {
    const devices = this.#byId.get(id);
    const known = devices?.delete(deviceId) ?? false;
    if (devices?.size === 0) {
      this.#byId.delete(id);
    }
    return known;
  }

  /** Those of this moment; they may be gone when one gets to them. */
  all(): readonly (readonly [PeerId, DeviceId])[] {
    return [...this.#byId].flatMap(([id, devices]) =>
      [...devices.keys()].map((deviceId) => [id, deviceId] as const),
    );
  }
}
