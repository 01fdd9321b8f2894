import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { deliverFrame, type Delivery } from './frames.ts';
import type { ServerLimits } from './limits.ts';
import type { SessionSnapshot } from './nodeMessages.ts';
import { RecentAnswers } from './RecentAnswers.ts';

/** The socket of a session, as the session sees it. */
export interface SessionSocket {
  /** Whether a frame written now has a chance. */
  readonly open: boolean;
  /** Writes one frame at once. */
  write(frame: string): void;
  /** Writes one frame at once that consists of ASCII pieces; a long one need not be copied for it. */
  writePieces(...pieces: readonly string[]): void;
  /** Writes one frame soon, together with the next one if there is one. */
  writeSoon(frame: string): void;
  /** Does not read or does not acknowledge what it is sent. */
  tooSlow(): void;
  /** The device is connected by another socket now. */
  replaced(): void;
}

/** What became of a `send`; the same for every repetition of its `ref`. */
export interface Outcome {
  readonly devices: readonly DeviceId[];
  readonly stored: boolean;
}

interface Waiting extends Delivery {
  readonly seq: number;
  /** When it is worth delivering no more, on the monotonic clock, milliseconds. */
  readonly expires: number;
}

type SessionLimits = Pick<
  ServerLimits,
  'unackedMessages' | 'unackedChars' | 'rememberedRefs' | 'rememberRefMs'
>;

/**
 * One device of one identity: what it was sent and has not acknowledged, and what it asked lately. Outlives
 * its socket by the resume window. Collections are made when first needed: most sessions are idle.
 */
export class Session {
  readonly id: PeerId;
  readonly deviceId: DeviceId;
  /** Whoever presents it resumes this session. */
  readonly token: string;
  readonly #limits: SessionLimits;
  #socket: SessionSocket | undefined;
  #detachedAt = 0;
  #seq = 0;
  #waiting: Waiting[] | undefined;
  #waitingChars = 0;
  #answers: RecentAnswers<Outcome> | undefined;

  constructor(options: {
    readonly id: PeerId;
    readonly deviceId: DeviceId;
    readonly token: string;
    readonly limits: SessionLimits;
  }) {
    this.id = options.id;
    this.deviceId = options.deviceId;
    this.token = options.token;
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

  attach(socket: SessionSocket): void {
    this.#socket = socket;
  }

  detach(now: number): void {
    this.#socket = undefined;
    this.#detachedAt = now;
  }

  /**
   * `sent`: written to the socket; `stored`: kept for a resumption; `refused`: neither. `ttl` in seconds,
   * `now` on the monotonic clock.
   */
  deliver(delivery: Delivery, ttl: number, now: number): 'sent' | 'stored' | 'refused' {
    const socket = this.#socket?.open === true ? this.#socket : undefined;
    const full =
      (this.#waiting?.length ?? 0) >= this.#limits.unackedMessages ||
      this.#waitingChars + delivery.box.length > this.#limits.unackedChars;
    if (full) {
      socket?.tooSlow();
      return 'refused';
    }
    if (socket === undefined && ttl === 0) {
      return 'refused';
    }
    const seq = ++this.#seq;
    const { from, fromDevice, box, at } = delivery;
    (this.#waiting ??= []).push({ from, fromDevice, box, at, seq, expires: now + ttl * 1_000 });
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
  snapshot(now: number): SessionSnapshot {
    return {
      token: this.token,
      seq: this.#seq,
      waiting: (this.#waiting ?? []).map(({ expires, ...item }) => ({ ...item, remainingMs: expires - now })),
      refs: [...(this.#answers?.answered() ?? [])].map(([ref, { devices, stored }]) => ({
        ref,
        devices: [...devices],
        stored,
      })),
    };
  }

  /** Becomes the session of a snapshot that was just constructed with the snapshot's token. */
  restore(snapshot: SessionSnapshot, now: number): void {
    this.#seq = snapshot.seq;
    this.#waiting = snapshot.waiting.map(({ remainingMs, ...item }) => ({
      ...item,
      expires: now + remainingMs,
    }));
    this.#waitingChars = this.#waiting.reduce((sum, item) => sum + item.box.length, 0);
    for (const { ref, devices, stored } of snapshot.refs) {
      this.#recent().add(ref, now, { devices, stored });
    }
  }

  #recent(): RecentAnswers<Outcome> {
    this.#answers ??= new RecentAnswers({
      capacity: this.#limits.rememberedRefs,
      lifetimeMs: this.#limits.rememberRefMs,
    });
    return this.#answers;
  }
}
