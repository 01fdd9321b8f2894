import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { PresenceState } from '#shared/protocol/messages.ts';
import { Book } from './Book.ts';
import { deliverFrame, type Delivery } from './frames.ts';
import type { ServerLimits } from './limits.ts';
import type { SessionSnapshot } from './nodeMessages.ts';
import { RecentAnswers } from './RecentAnswers.ts';

/** The socket of a session, as the session sees it. */
export interface SessionSocket {
  /** What stands for the address it comes from, see `addressKey`. */
  readonly addressKey: string;
  /** Whether a frame written now has a chance. */
  readonly open: boolean;
  /** Writes one frame at once. */
  write(frame: string): void;
  /** Writes one frame at once that consists of ASCII pieces; a long one need not be copied for it. */
  writePieces(...pieces: readonly string[]): void;
  /** Writes one frame soon, together with the next one if there is one. */
  writeSoon(frame: string): void;
  /** One message of this device turned into so many more than one. */
  multiplied(more: number): void;
  /** Does not read or does not acknowledge what it is sent. */
  tooSlow(): void;
  /** The device is connected by another socket now. */
  replaced(): void;
  /** Another device of the id ended the sessions of this one. */
  signedOut(): void;
}

/** What became of a `send`; the same for every repetition of its `ref`. */
export interface Outcome {
  readonly devices: readonly DeviceId[];
  readonly stored: boolean;
}

interface Waiting extends Delivery {
  readonly seq: number;
  /** When it came, on the monotonic clock, milliseconds. */
  readonly since: number;
  /** When it is worth delivering no more, on the monotonic clock, milliseconds. */
  readonly expires: number;
}

type SessionLimits = Pick<
  ServerLimits,
  | 'unackedMessages'
  | 'unackedChars'
  | 'unackedMessagesPerSender'
  | 'unackedCharsPerSender'
  | 'unackedMs'
  | 'rememberedRefs'
  | 'rememberRefMs'
>;

/**
 * `sent`: written to the socket; `stored`: kept for a resumption; `full`: too much of this sender, or of all,
 * waits for an `ack`; `missed`: there is no socket, and it was not worth keeping.
 */
export type Delivered = 'sent' | 'stored' | 'full' | 'missed';

const none: readonly Waiting[] = [];

/**
 * One device of one identity: what it was sent and has not acknowledged, and what it asked lately. Outlives
 * its socket by the resume window. Collections are made when first needed: most sessions are idle.
 */
export class Session {
  readonly id: PeerId;
  readonly deviceId: DeviceId;
  /** Whoever presents it resumes this session. */
  readonly token: string;
  /** When it began, on whichever node, milliseconds since the epoch. */
  readonly since: number;
  /** Who may reach the device. */
  book: Book;
  /** The backplane may have another book: stands for the last failure to keep it there. */
  bookFailure: symbol | undefined;
  /** What the device shows to those who may see it. */
  state: PresenceState = 'offline';
  readonly #limits: SessionLimits;
  #socket: SessionSocket | undefined;
  #attachedAt = 0;
  #detachedAt = 0;
  #seq = 0;
  #waiting: Waiting[] | undefined;
  #waitingChars = 0;
  #answers: RecentAnswers<Outcome> | undefined;

  constructor(options: {
    readonly id: PeerId;
    readonly deviceId: DeviceId;
    readonly token: string;
    readonly since: number;
    readonly book?: Book;
    readonly limits: SessionLimits;
  }) {
    this.id = options.id;
    this.deviceId = options.deviceId;
    this.token = options.token;
    this.since = options.since;
    this.book = options.book ?? Book.empty;
    this.#limits = options.limits;
  }

  get socket(): SessionSocket | undefined {
    return this.#socket;
  }

  /** When the socket went, on the monotonic clock; meaningless while there is one. */
  get detachedAt(): number {
    return this.#detachedAt;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Whether the device may know of anything that `from` does. To others it must look offline in every respect. */
  admits(from: PeerId): boolean {
    const { book } = this;
    return book === Book.empty || from === this.id || book.admits(from);
  }

  attach(socket: SessionSocket, now: number): void {
    this.#socket = socket;
    this.#attachedAt = now;
  }

  detach(now: number): void {
    this.#socket = undefined;
    this.#detachedAt = now;
  }

  /** `ttl` in seconds, `now` on the monotonic clock. */
  deliver(delivery: Delivery, ttl: number, now: number): Delivered {
    const socket = this.#socket?.open === true ? this.#socket : undefined;
    if (socket === undefined && ttl === 0) {
      return 'missed';
    }
    if (!this.#hasRoom(delivery)) {
      // Whoever fills it is not the device, whose ack may just be on its way: only time tells that it sends none.
      const waitingSince = Math.max(this.#waiting?.[0]?.since ?? now, this.#attachedAt);
      if (now - waitingSince > this.#limits.unackedMs) {
        socket?.tooSlow();
      }
      return 'full';
    }
    const seq = ++this.#seq;
    const { from, fromDevice, box, at } = delivery;
    (this.#waiting ??= []).push({ from, fromDevice, box, at, seq, since: now, expires: now + ttl * 1_000 });
    this.#waitingChars += box.length;
    if (socket === undefined) {
      return 'stored';
    }
    socket.writePieces(...deliverFrame(delivery, seq));
    return 'sent';
  }

  /**
   * Everything up to `seq` arrived. `ahead`: it names what was never sent; `idle`: it says nothing new.
   */
  acknowledge(seq: number): 'advanced' | 'idle' | 'ahead' {
    if (seq > this.#seq) {
      return 'ahead';
    }
    const waiting = this.#waiting;
    let count = 0;
    for (const item of waiting ?? []) {
      if (item.seq > seq) {
        break;
      }
      this.#waitingChars -= item.box.length;
      count++;
    }
    if (waiting === undefined || count === 0) {
      return 'idle';
    }
    if (count === waiting.length) {
      this.#waiting = undefined;
    } else {
      waiting.splice(0, count);
    }
    return 'advanced';
  }

  /** Writes again, in order, what was not acknowledged and is still worth it. */
  replay(now: number): void {
    const socket = this.#socket;
    const alive = (this.#waiting ?? []).filter((item) => item.expires > now);
    this.#waiting = alive.length > 0 ? alive : undefined;
    this.#waitingChars = alive.reduce((sum, item) => sum + item.box.length, 0);
    for (const item of alive) {
      socket?.writePieces(...deliverFrame(item, item.seq));
    }
  }

  /** Undefined for a new `ref`, which is noted as pending; `pending` while the first one has no answer. */
  recall(ref: string, now: number): Outcome | 'pending' | undefined {
    const answers = this.#recent();
    if (answers.has(ref)) {
      return answers.get(ref) ?? 'pending';
    }
    answers.add(ref, now);
    return undefined;
  }

  remember(ref: string, outcome: Outcome): void {
    this.#answers?.answer(ref, outcome);
  }

  /** A request that failed may be tried again under the same `ref`. */
  forget(ref: string): void {
    this.#answers?.delete(ref);
  }

  /** Lets go of answers that nobody will ask for again. */
  prune(now: number): void {
    if (this.#answers?.prune(now) === false) {
      this.#answers = undefined;
    }
  }

  /** For the node where the device came back. */
  snapshot(now: number): Omit<SessionSnapshot, 'watched'> {
    return {
      token: this.token,
      since: this.since,
      seq: this.#seq,
      waiting: (this.#waiting ?? []).map(({ since: _since, expires, ...item }) => ({
        ...item,
        remainingMs: expires - now,
      })),
      refs: [...(this.#answers?.answered() ?? [])].map(([ref, { devices, stored }]) => ({
        ref,
        devices: [...devices],
        stored,
      })),
      state: this.state,
    };
  }

  /** Takes over what waited in another session of the same device, after what it has itself. */
  inherit(other: Session, now: number): void {
    for (const item of other.#waiting ?? none) {
      if (item.expires > now) {
        this.deliver(item, (item.expires - now) / 1_000, now);
      }
    }
    other.#waiting = undefined;
    other.#waitingChars = 0;
  }

  /** Becomes the session of a snapshot that was just constructed with the snapshot's token. */
  restore(snapshot: SessionSnapshot, now: number): void {
    this.state = snapshot.state;
    this.#seq = snapshot.seq;
    this.#waiting = snapshot.waiting.map(({ remainingMs, ...item }) => ({
      ...item,
      since: now,
      expires: now + remainingMs,
    }));
    this.#waitingChars = this.#waiting.reduce((sum, item) => sum + item.box.length, 0);
    for (const { ref, devices, stored } of snapshot.refs) {
      this.#recent().add(ref, now, { devices, stored });
    }
  }

  /** Strangers must not crowd out each other, so each has a share; the sum is only taken where it may matter. */
  #hasRoom({ from, box }: Delivery): boolean {
    const { unackedMessages, unackedChars, unackedMessagesPerSender, unackedCharsPerSender } = this.#limits;
    const waiting = this.#waiting ?? none;
    const chars = this.#waitingChars + box.length;
    if (waiting.length >= unackedMessages || chars > unackedChars) {
      return false;
    }
    if (waiting.length < unackedMessagesPerSender && chars <= unackedCharsPerSender) {
      return true;
    }
    let ownMessages = 0;
    let ownChars = box.length;
    for (const item of waiting) {
      if (item.from === from) {
        ownMessages++;
        ownChars += item.box.length;
      }
    }
    return ownMessages < unackedMessagesPerSender && ownChars <= unackedCharsPerSender;
  }

  #recent(): RecentAnswers<Outcome> {
    this.#answers ??= new RecentAnswers({
      capacity: this.#limits.rememberedRefs,
      lifetimeMs: this.#limits.rememberRefMs,
    });
    return this.#answers;
  }
}
