import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Session } from './Session.ts';

const none: readonly Session[] = [];

/** The sessions of this node, by id and device. */
export class SessionStore {
  readonly #byId = new Map<PeerId, Session[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  of(id: PeerId): readonly Session[] {
    return this.#byId.get(id) ?? none;
  }

  find(id: PeerId, deviceId: DeviceId): Session | undefined {
    return this.#byId.get(id)?.find((session) => session.deviceId === deviceId);
  }

  /** Whether this very session, not just one of the same device, is still in use. */
  has(session: Session): boolean {
    return this.#byId.get(session.id)?.includes(session) ?? false;
  }

  add(session: Session): void {
    const sessions = this.#byId.get(session.id);
    if (sessions === undefined) {
      this.#byId.set(session.id, [session]);
    } else {
      sessions.push(session);
    }
    this.#size++;
  }

  remove(session: Session): boolean {
    const sessions = this.#byId.get(session.id);
    const index = sessions?.indexOf(session) ?? -1;
    if (sessions === undefined || index === -1) {
      return false;
    }
    sessions.splice(index, 1);
    if (sessions.length === 0) {
      this.#byId.delete(session.id);
    }
    this.#size--;
    return true;
  }

  *all(): Generator<Session> {
    for (const sessions of this.#byId.values()) {
      yield* sessions;
    }
  }
}
