import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Book } from './Book.ts';
import type { ServerLimits } from './limits.ts';
import { Session } from './Session.ts';

interface Claim {
  logins: number;
  /** The device was signed out while it logged in. */
  signedOut: boolean;
  /** Stands in for the session that is to be: keeps, within its bounds, what arrives for the device. */
  readonly held: Session;
}

const none: readonly Session[] = [];

/**
 * Logins under way, per device. From the moment a device is registered here other nodes send here what is for
 * it; its session comes later, maybe from another node, and must not miss that.
 */
export class Claims {
  readonly #limits: ServerLimits;
  readonly #byId = new Map<PeerId, Map<DeviceId, Claim>>();

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  has(id: PeerId, deviceId: DeviceId): boolean {
    return this.#byId.get(id)?.has(deviceId) ?? false;
  }

  /** What stands in for the sessions of the devices that are logging in. */
  of(id: PeerId): readonly Session[] {
    const claims = this.#byId.get(id);
    return claims === undefined ? none : [...claims.values()].map(({ held }) => held);
  }

  /** `book`: who may reach the device until it has a session. */
  open(id: PeerId, deviceId: DeviceId, book: Book): void {
    const claims = this.#byId.get(id) ?? new Map<DeviceId, Claim>();
    this.#byId.set(id, claims);
    const claim = claims.get(deviceId);
    if (claim === undefined) {
      const held = new Session({ id, deviceId, token: '', since: 0, book, limits: this.#limits });
      claims.set(deviceId, { logins: 1, signedOut: false, held });
    } else {
      claim.held.book = book;
      claim.logins++;
    }
  }

  /** None of the logins under way may succeed. */
  signOut(id: PeerId, deviceId: DeviceId): void {
    const claim = this.#byId.get(id)?.get(deviceId);
    if (claim !== undefined) {
      claim.signedOut = true;
    }
  }

  isSignedOut(id: PeerId, deviceId: DeviceId): boolean {
    return this.#byId.get(id)?.get(deviceId)?.signedOut ?? false;
  }

  /** One login of the device is over, in `session` or in nothing. */
  close(id: PeerId, deviceId: DeviceId, session: Session | undefined, now: number): void {
    const claims = this.#byId.get(id);
    const claim = claims?.get(deviceId);
    if (claims === undefined || claim === undefined) {
      return;
    }
    session?.inherit(claim.held, now);
    claim.logins--;
    if (claim.logins === 0) {
      claims.delete(deviceId);
    }
    if (claims.size === 0) {
      this.#byId.delete(id);
    }
  }
}
