import { createHash } from 'node:crypto';
import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import type { RequestErrorCode, SessionRequest } from '#shared/protocol/messages.ts';
import type { Backplane } from './Backplane.ts';
import type { ServerLimits } from './limits.ts';
import { leaseMs, type MailboxStore, type Notice } from './MailboxStore.ts';
import type { NodeLink } from './NodeLink.ts';
import type { Outcome, Session } from './Session.ts';
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

/** How often notices are removed whose time is over, milliseconds. */
const expireMs = 60_000;

/** What a repeated `ref` gets: there is nothing to say but that it was done. */
const put: Outcome = { devices: [], stored: true };

/** One name per session on all nodes; the token itself is a secret and does not leave the node. */
const holderOf = (session: Session): string =>
  createHash('sha256').update(session.token).digest('base64url').slice(0, 22);

/** Takes sealed notices and brings them to one session of their recipient, in order. */
export class Mailroom {
  readonly #store: MailboxStore;
  readonly #names: (owner: PeerId, sender: PeerId) => Promise<boolean>;
  readonly #sessions: SessionStore;
  readonly #backplane: Backplane;
  readonly #link: NodeLink;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: Pick<ServerLimits, 'mailDelayMs' | 'unackedMail'>;
  readonly #stats: ServerStats;
  readonly #desks = new Map<Session, Desk>();
  /** Recipients whose sessions are to look into their mailbox. */
  #due = new Set<PeerId>();
  #cancelDue: CancelTimer | undefined;
  /** What is under way and must be over before the store and the backplane close. */
  readonly #tasks = new Set<Promise<unknown>>();
  #renewedAt = 0;
  #expiredAt = 0;

  constructor(options: {
    readonly store: MailboxStore;
    /** Whether the last book of `owner` lets `sender` call. */
    readonly names: (owner: PeerId, sender: PeerId) => Promise<boolean>;
    readonly sessions: SessionStore;
    readonly backplane: Backplane;
    readonly link: NodeLink;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly limits: Pick<ServerLimits, 'mailDelayMs' | 'unackedMail'>;
    readonly stats: ServerStats;
  }) {
    this.#store = options.store;
    this.#names = options.names;
    this.#sessions = options.sessions;
    this.#backplane = options.backplane;
    this.#link = options.link;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#limits = options.limits;
    this.#stats = options.stats;
  }

  /**
   * Keeps a notice and answers. Whether the recipient is there, and whether it wants to hear of the sender, is
   * looked at only afterwards: neither the answer nor its time can tell.
   */
  put(session: Session, message: SessionRequest<'mail.put'>): void {
    const { ref, to } = message;
    if (to === session.id) {
      this.#refuse(session, ref, 'selfAddressed');
      return;
    }
    const known = session.recall(ref, this.#clock.monotonic());
    if (known === undefined) {
      this.#run(this.#put(session, message));
    } else if (known !== 'pending') {
      session.socket?.write(encodeFrame({ type: 'done', ref }));
    }
  }

  /** The device keeps those notices itself now. */
  acknowledge(session: Session, mail: readonly string[]): void {
    const owed = this.#desks.get(session)?.owed;
    mail.forEach((one) => owed?.delete(one));
    this.#run(this.#acknowledge(session, mail));
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
    this.#run(this.#release(session));
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

  sweep(now: number): void {
    if (now - this.#renewedAt >= renewMs) {
      this.#renewedAt = now;
      for (const [session, desk] of this.#desks) {
        if (desk.owed.size > 0) {
          this.#run(this.#store.renew(session.id, holderOf(session)));
        }
        if (desk.retry) {
          this.#look(session, false);
        }
      }
    }
    if (now - this.#expiredAt >= expireMs) {
      this.#expiredAt = now;
      this.#run(this.#expire());
    }
  }

  /** Lets go of everything and waits until that is done. The sessions of this node are over. */
  async close(): Promise<void> {
    for (const session of this.#desks.keys()) {
      this.left(session);
    }
    while (this.#tasks.size > 0 || this.#due.size > 0) {
      this.#announceAll();
      await Promise.all(this.#tasks);
    }
  }

  async #put(session: Session, { ref, to, box }: SessionRequest<'mail.put'>): Promise<void> {
    const at = this.#clock.now();
    const { id: from, deviceId: fromDevice } = session;
    const [named, key] = await Promise.all([this.#names(to, from), this.#backplane.findKey(from)]);
    const senderKey = key.ok && key.value !== undefined ? { senderKey: key.value } : {};
    const result = await this.#store.put({ to, from, fromDevice, box, ...senderKey, at, named });
    if (!result.ok) {
      this.#failed('mail.put', result.error.message);
      session.forget(ref);
      this.#refuse(session, ref, 'backplaneFailed');
      return;
    }
    this.#stats.mailDisplaced += result.value.displaced;
    if (!result.value.kept) {
      this.#stats.mailRefused++;
      session.forget(ref);
      this.#refuse(session, ref, 'mailboxFull');
      return;
    }
    this.#stats.mailKept++;
    session.remember(ref, put);
    session.socket?.write(encodeFrame({ type: 'done', ref }));
    this.#announce(to);
  }

  async #acknowledge(session: Session, mail: readonly string[]): Promise<void> {
    const result = await this.#store.acknowledge(session.id, holderOf(session), mail);
    if (!result.ok) {
      this.#failed('mail.ack', result.error.message);
      return;
    }
    this.#stats.mailDelivered += result.value.removed;
    if (result.value.left) {
      this.#look(session, false);
      // What this device does not take may have waited behind what it took.
      this.#announce(session.id);
    }
  }

  async #expire(): Promise<void> {
    const result = await this.#store.expire();
    if (result.ok) {
      this.#stats.mailExpired += result.value;
    } else {
      this.#failed('expiry', result.error.message);
    }
  }

  /** `mail`: those alone. */
  async #release(session: Session, mail?: readonly string[]): Promise<void> {
    const released = await this.#store.release(session.id, holderOf(session), mail);
    if (!released.ok) {
      this.#failed('release', released.error.message);
    } else if (released.value) {
      this.#announce(session.id);
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
      this.#run(this.#fetch(session, desk));
    }
  }

  async #fetch(session: Session, desk: Desk): Promise<void> {
    while (desk.wanted && session.socket?.open === true) {
      const { again } = desk;
      [desk.wanted, desk.again] = [false, false];
      const leased = await this.#store.lease({
        to: session.id,
        holder: holderOf(session),
        most: this.#limits.unackedMail,
        again,
        admits: (from) => session.admits(from),
      });
      if (!leased.ok) {
        this.#failed('lease', leased.error.message);
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

  /**
   * Sessions of the recipient are told a little later: whoever measures the answer to the next request learns
   * nothing about who is connected either.
   */
  #announce(to: PeerId): void {
    this.#due.add(to);
    if (this.#limits.mailDelayMs === 0) {
      this.#announceAll();
    } else if (this.#due.size === 1) {
      this.#cancelDue = this.#clock.after(this.#limits.mailDelayMs, () => this.#announceAll());
    }
  }

  #announceAll(): void {
    this.#cancelDue?.();
    const due = this.#due;
    this.#due = new Set();
    for (const to of due) {
      this.wake(to);
      this.#run(this.#wakeOthers(to));
    }
  }

  async #wakeOthers(to: PeerId): Promise<void> {
    const nodes = await this.#backplane.otherNodes(to);
    if (!nodes.ok) {
      this.#failed('mail', nodes.error.message);
      return;
    }
    await Promise.all(nodes.value.map(async (node) => this.#link.tell(node, { kind: 'mail', to })));
  }

  #run(task: Promise<unknown>): void {
    const tracked = task
      .catch((error: unknown) => this.#log.error('mailroom failed inside', { error }))
      .finally(() => this.#tasks.delete(tracked));
    this.#tasks.add(tracked);
  }

  #refuse(session: Session, ref: string, code: RequestErrorCode): void {
    session.socket?.write(encodeFrame({ type: 'error', ref, code }));
  }

  #failed(request: string, reason: string): void {
    this.#stats.backplaneFailures++;
    this.#log.warn('mailbox failed', { request, reason });
  }
}
