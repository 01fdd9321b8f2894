import { createHash } from 'node:crypto';
import type { PeerId } from '#shared/identity/peerId.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import type { Backplane } from './Backplane.ts';
import type { BackgroundTasks } from './BackgroundTasks.ts';
import type { ServerLimits } from './limits.ts';
import { leaseMs, type MailboxStore, type Notice } from './MailboxStore.ts';
import type { Session } from './Session.ts';
import type { SessionStore } from './SessionStore.ts';
import type { ServerStats } from './stats.ts';

/** What one session has to do with its mailbox at the moment. */
interface Desk {
  /** Written to the device and not acknowledged. */
  readonly owed: Set<string>;
  /** A look into the mailbox is wanted; `again`: with what is leased already. */
  wanted: boolean;
  again: boolean;
  running: boolean;
  /** Somebody else has what is next, or the store failed: to be tried again later. */
  retry: boolean;
}

/** How often leases are renewed, and what had to wait is tried again, milliseconds. */
const renewMs = leaseMs / 3;

/** One name per session on all nodes; the token itself is a secret and does not leave the node. */
const holderOf = (session: Session): string =>
  createHash('sha256').update(session.token).digest('base64url').slice(0, 22);

/** Brings sealed notices to one session of their recipient, in order, and keeps them until it has them. */
export class MailDesks {
  readonly #store: MailboxStore;
  readonly #sessions: SessionStore;
  readonly #backplane: Backplane;
  readonly #unackedMail: number;
  readonly #stats: ServerStats;
  readonly #tasks: BackgroundTasks;
  readonly #onFreed: (to: PeerId) => void;
  readonly #onFailed: (request: string, reason: string) => void;
  readonly #desks = new Map<Session, Desk>();
  #renewedAt = 0;

  constructor(options: {
    readonly store: MailboxStore;
    readonly sessions: SessionStore;
    readonly backplane: Backplane;
    readonly limits: Pick<ServerLimits, 'unackedMail'>;
    readonly stats: ServerStats;
    readonly tasks: BackgroundTasks;
    /** Other sessions of this id may have what this one had, or what waited behind it. */
    readonly onFreed: (to: PeerId) => void;
    readonly onFailed: (request: string, reason: string) => void;
  }) {
    this.#store = options.store;
    this.#sessions = options.sessions;
    this.#backplane = options.backplane;
    this.#unackedMail = options.limits.unackedMail;
    this.#stats = options.stats;
    this.#tasks = options.tasks;
    this.#onFreed = options.onFreed;
    this.#onFailed = options.onFailed;
  }

  /** The device keeps those notices itself now. */
  acknowledge(session: Session, mail: readonly string[]): void {
    const owed = this.#desks.get(session)?.owed;
    mail.forEach((one) => owed?.delete(one));
    this.#tasks.run(this.#acknowledge(session, mail));
  }

  /** Whether at least one of them was written to the device and waits for its acknowledgement. */
  owes(session: Session, mail: readonly string[]): boolean {
    const owed = this.#desks.get(session)?.owed;
    return owed !== undefined && mail.some((one) => owed.has(one));
  }

  /** The device is connected; a resumed session may have lost what it was sent last. */
  entered(session: Session, resumed: boolean): void {
    this.#look(session, resumed);
  }

  /** The session is over: what it did not acknowledge is for others. */
  left(session: Session): void {
    this.#desks.delete(session);
    this.#tasks.run(this.#release(session));
  }

  /** The session goes on at another node, which asks for what it had. */
  moved(session: Session): void {
    this.#desks.delete(session);
  }

  /** There may be something for sessions of this id: it came, it was let go of, or a book admits it now. */
  wake(to: PeerId): void {
    for (const session of this.#sessions.of(to)) {
      this.#look(session, false);
    }
  }

  /** Renews leases and tries again what had to wait. */
  sweep(now: number): void {
    if (now - this.#renewedAt < renewMs) {
      return;
    }
    this.#renewedAt = now;
    for (const [session, desk] of this.#desks) {
      if (desk.owed.size > 0) {
        this.#tasks.run(this.#store.renew(session.id, holderOf(session)));
      }
      if (desk.retry) {
        this.#look(session, false);
      }
    }
  }

  /** Lets go of everything. */
  close(): void {
    for (const session of this.#desks.keys()) {
      this.left(session);
    }
  }

  async #acknowledge(session: Session, mail: readonly string[]): Promise<void> {
    const result = await this.#store.acknowledge(session.id, holderOf(session), mail);
    if (!result.ok) {
      this.#onFailed('mail.ack', result.error.message);
      return;
    }
    this.#stats.mailDelivered += result.value.removed;
    if (result.value.left) {
      this.#look(session, false);
      // What this device does not take may have waited behind what it took.
      this.#onFreed(session.id);
    }
  }

  /** `mail`: those alone. */
  async #release(session: Session, mail?: readonly string[]): Promise<void> {
    const released = await this.#store.release(session.id, holderOf(session), mail);
    if (!released.ok) {
      this.#onFailed('release', released.error.message);
    } else if (released.value) {
      this.#onFreed(session.id);
    }
  }

  /** Has a session look into its mailbox, one look at a time. */
  #look(session: Session, again: boolean): void {
    if (session.socket?.open !== true) {
      return;
    }
    const desk = this.#desks.get(session) ?? {
      owed: new Set(),
      wanted: false,
      again: false,
      running: false,
      retry: false,
    };
    this.#desks.set(session, desk);
    desk.wanted = true;
    desk.again ||= again;
    if (!desk.running) {
      desk.running = true;
      this.#tasks.run(this.#fetch(session, desk));
    }
  }

  async #fetch(session: Session, desk: Desk): Promise<void> {
    while (desk.wanted && session.socket?.open === true) {
      const { again } = desk;
      [desk.wanted, desk.again] = [false, false];
      const leased = await this.#store.lease({
        to: session.id,
        holder: holderOf(session),
        most: this.#unackedMail,
        again,
        admits: (from) => session.admits(from),
      });
      if (!leased.ok) {
        this.#onFailed('lease', leased.error.message);
        desk.retry = true;
        desk.again ||= again;
        break;
      }
      await this.#rememberSenders(leased.value.notices);
      if (this.#desks.get(session) !== desk) {
        // Over, or gone to another node, which has the same name: only what was leased just now is let go of.
        await this.#release(
          session,
          leased.value.notices.map(({ mail }) => mail),
        );
        return;
      }
      desk.retry = leased.value.blocked;
      this.#write(session, desk, leased.value.notices);
    }
    desk.running = false;
    if (desk.owed.size === 0 && !desk.retry && this.#desks.get(session) === desk) {
      this.#desks.delete(session);
    }
  }

  /** Who gets a notice asks for the key of its sender, who may not have come since the server was started. */
  async #rememberSenders(notices: readonly Notice[]): Promise<void> {
    for (const { from, senderKey } of notices) {
      if (senderKey !== undefined) {
        await this.#backplane.rememberKey(from, senderKey);
      }
    }
  }

  #write(session: Session, desk: Desk, notices: readonly Notice[]): void {
    for (const { mail, from, fromDevice, box, at } of notices) {
      desk.owed.add(mail);
      // The device came back meanwhile: the next look brings all of it, in order.
      if (!desk.again) {
        session.socket?.write(encodeFrame({ type: 'mail', mail, from, fromDevice, box, at }));
      }
    }
  }
}
