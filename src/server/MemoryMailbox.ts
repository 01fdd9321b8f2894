import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '#shared/clock.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { ok } from '#shared/result.ts';
import { roomFor } from './mailboxRoom.ts';
import {
  defaultMailboxBounds,
  type Leased,
  type LeaseRequest,
  type MailboxBounds,
  type MailboxResult,
  type MailboxStore,
  type NewNotice,
  type Notice,
  type Put,
} from './MailboxStore.ts';

interface Kept extends NewNotice {
  readonly mail: string;
  readonly expires: number;
  holder: string | undefined;
}

const done = ok(null);
const full: Put = { kept: false, displaced: 0 };

/** 96 random bits, URL-safe. */
export const newMailId = (): string => randomBytes(12).toString('base64url');

/** A mailbox that ends with its process: for a server that was given no place to keep anything. */
export class MemoryMailbox implements MailboxStore {
  readonly #bounds: MailboxBounds;
  readonly #clock: Clock;
  // Sets keep the order in which things were put in: the first is the oldest.
  readonly #all = new Set<Kept>();
  readonly #strangers = new Set<Kept>();
  readonly #boxes = new Map<PeerId, Set<Kept>>();
  readonly #senders = new Map<PeerId, Set<Kept>>();
  readonly #signedOut = new Map<PeerId, Set<DeviceId>>();
  #signedOutCount = 0;
  #expired = 0;

  constructor(options: { readonly bounds?: Partial<MailboxBounds>; readonly clock?: Clock } = {}) {
    this.#bounds = { ...defaultMailboxBounds, ...options.bounds };
    this.#clock = options.clock ?? systemClock;
  }

  async start(): Promise<MailboxResult<null>> {
    return Promise.resolve(done);
  }

  async put(notice: NewNotice): Promise<MailboxResult<Put>> {
    this.#expireAll();
    return Promise.resolve(ok(this.#place(notice)));
  }

  async lease({ to, holder, most, again, admits }: LeaseRequest): Promise<MailboxResult<Leased>> {
    const now = this.#clock.now();
    const box = this.#of(to).filter(({ expires }) => expires > now);
    let had = box.filter((kept) => kept.holder === holder).length;
    const notices: Notice[] = [];
    for (const kept of box) {
      if (!admits(kept.from)) {
        continue;
      }
      if (kept.holder !== undefined && kept.holder !== holder) {
        return Promise.resolve(ok({ notices, blocked: true }));
      }
      if (kept.holder === undefined && had >= most) {
        break;
      }
      if (kept.holder === undefined) {
        kept.holder = holder;
        had++;
        notices.push(asNotice(kept));
      } else if (again) {
        notices.push(asNotice(kept));
      }
    }
    return Promise.resolve(ok({ notices, blocked: false }));
  }

  async acknowledge(
    to: PeerId,
    holder: string,
    mail: readonly string[],
  ): Promise<MailboxResult<{ readonly removed: number; readonly left: boolean }>> {
    this.#expireAll();
    const arrived = this.#of(to, mail).filter((kept) => (kept.holder ?? holder) === holder);
    arrived.forEach((kept) => this.#remove(kept));
    return Promise.resolve(ok({ removed: arrived.length, left: this.#boxes.has(to) }));
  }

  async release(to: PeerId, holder: string, mail?: readonly string[]): Promise<MailboxResult<boolean>> {
    const released = this.#of(to, mail).filter((kept) => kept.holder === holder);
    for (const kept of released) {
      kept.holder = undefined;
    }
    return Promise.resolve(ok(released.length > 0));
  }

  /** Holders and notices end together. */
  async renew(): Promise<MailboxResult<null>> {
    return Promise.resolve(done);
  }

  async expire(): Promise<MailboxResult<number>> {
    this.#expireAll();
    const expired = this.#expired;
    this.#expired = 0;
    return Promise.resolve(ok(expired));
  }

  async signOut(id: PeerId, deviceId: DeviceId): Promise<MailboxResult<null>> {
    const devices = this.#signedOut.get(id) ?? new Set();
    this.#signedOut.delete(id);
    this.#signedOut.set(id, devices);
    this.#signedOutCount += devices.delete(deviceId) ? 0 : 1;
    devices.add(deviceId);
    this.#forgetEarliest(id, devices, this.#bounds.signedOutPerId);
    for (const [other, others] of this.#signedOut) {
      if (this.#signedOutCount <= this.#bounds.signedOutInAll) {
        break;
      }
      this.#forgetEarliest(other, others, 0);
    }
    return Promise.resolve(done);
  }

  async isSignedOut(id: PeerId, deviceId: DeviceId): Promise<MailboxResult<boolean>> {
    return Promise.resolve(ok(this.#signedOut.get(id)?.has(deviceId) ?? false));
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }

  #place(notice: NewNotice): Put {
    const { inAll, perSenderInAll, noticeMs } = this.#bounds;
    const { to, from, named } = notice;
    const before = this.#all.size;
    const room = roomFor(notice, this.#of(to), this.#bounds);
    if (!room.fits) {
      return full;
    }
    room.leaving.forEach((kept) => this.#remove(kept));
    if ((this.#senders.get(from)?.size ?? 0) >= perSenderInAll) {
      this.#removeOldest(this.#senders.get(from));
    }
    // Somebody who has left already made the room: whoever is refused here has displaced nobody.
    if (this.#all.size >= inAll && this.#strangers.size === 0) {
      return full;
    }
    if (this.#all.size >= inAll || (!named && this.#strangers.size >= inAll / 2)) {
      this.#removeOldest(this.#strangers);
    }
    const displaced = before - this.#all.size;
    this.#add({ ...notice, mail: newMailId(), expires: this.#clock.now() + noticeMs, holder: undefined });
    return { kept: true, displaced };
  }

  #add(kept: Kept): void {
    this.#all.add(kept);
    addTo(this.#boxes, kept.to, kept);
    addTo(this.#senders, kept.from, kept);
    if (!kept.named) {
      this.#strangers.add(kept);
    }
  }

  #remove(kept: Kept): void {
    this.#all.delete(kept);
    this.#strangers.delete(kept);
    removeFrom(this.#boxes, kept.to, kept);
    removeFrom(this.#senders, kept.from, kept);
  }

  #removeOldest(set: ReadonlySet<Kept> | undefined): void {
    const [oldest] = set ?? [];
    if (oldest !== undefined) {
      this.#remove(oldest);
    }
  }

  #of(to: PeerId, mail?: readonly string[]): readonly Kept[] {
    return [...(this.#boxes.get(to) ?? [])].filter((kept) => mail?.includes(kept.mail) ?? true);
  }

  /** Every notice lives equally long, so they end in the order in which they came. */
  #expireAll(): void {
    const now = this.#clock.now();
    for (const kept of this.#all) {
      if (kept.expires > now) {
        break;
      }
      this.#remove(kept);
      this.#expired++;
    }
  }

  #forgetEarliest(id: PeerId, devices: Set<DeviceId>, most: number): void {
    for (const deviceId of devices) {
      if (devices.size <= most) {
        break;
      }
      devices.delete(deviceId);
      this.#signedOutCount--;
    }
    if (devices.size === 0) {
      this.#signedOut.delete(id);
    }
  }
}

function asNotice({ mail, from, fromDevice, box, at }: Kept): Notice {
  return { mail, from, fromDevice, box, at };
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set === undefined) {
    map.set(key, new Set([value]));
  } else {
    set.add(value);
  }
}

function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  set?.delete(value);
  if (set?.size === 0) {
    map.delete(key);
  }
}
