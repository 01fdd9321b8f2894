import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import type { RequestErrorCode, SessionRequest } from '#shared/protocol/messages.ts';
import type { Backplane } from './Backplane.ts';
import { BackgroundTasks } from './BackgroundTasks.ts';
import type { ServerLimits } from './limits.ts';
import { MailDesks } from './MailDesks.ts';
import type { MailboxStore } from './MailboxStore.ts';
import type { NodeLink } from './NodeLink.ts';
import type { Outcome, Session } from './Session.ts';
import type { SessionStore } from './SessionStore.ts';
import type { ServerStats } from './stats.ts';

/** How often notices are removed whose time is over, milliseconds. */
const expireMs = 60_000;

/** What a repeated `ref` gets: there is nothing to say but that it was done. */
const put: Outcome = { devices: [], stored: true };

/** Takes sealed notices for others, and has them brought to their recipients (`desks`). */
export class Mailroom {
  /** Where sessions get their notices. */
  readonly desks: MailDesks;
  readonly #store: MailboxStore;
  readonly #names: (owner: PeerId, sender: PeerId) => Promise<boolean>;
  readonly #backplane: Backplane;
  readonly #link: NodeLink;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: Pick<ServerLimits, 'mailDelayMs' | 'unackedMail'>;
  readonly #stats: ServerStats;
  /** Recipients whose sessions are to look into their mailbox. */
  #due = new Set<PeerId>();
  #cancelDue: CancelTimer | undefined;
  readonly #tasks: BackgroundTasks;
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
    this.#backplane = options.backplane;
    this.#link = options.link;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#limits = options.limits;
    this.#stats = options.stats;
    this.#tasks = new BackgroundTasks(options.logger);
    this.desks = new MailDesks({
      ...options,
      tasks: this.#tasks,
      onFreed: (to) => this.#announce(to),
      onFailed: (request, reason) => this.#failed(request, reason),
    });
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
      this.#tasks.run(this.#put(session, message));
    } else if (known !== 'pending') {
      session.socket?.write(encodeFrame({ type: 'done', ref }));
    }
  }

  sweep(now: number): void {
    this.desks.sweep(now);
    if (now - this.#expiredAt >= expireMs) {
      this.#expiredAt = now;
      this.#tasks.run(this.#expire());
    }
  }

  /** Lets go of everything and waits until that is done. The sessions of this node are over. */
  async close(): Promise<void> {
    this.desks.close();
    while (this.#tasks.busy || this.#due.size > 0) {
      this.#announceAll();
      await this.#tasks.settled();
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

  async #expire(): Promise<void> {
    const result = await this.#store.expire();
    if (result.ok) {
      this.#stats.mailExpired += result.value;
    } else {
      this.#failed('expiry', result.error.message);
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
      this.desks.wake(to);
      this.#tasks.run(this.#wakeOthers(to));
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

  #refuse(session: Session, ref: string, code: RequestErrorCode): void {
    session.socket?.write(encodeFrame({ type: 'error', ref, code }));
  }

  #failed(request: string, reason: string): void {
    this.#stats.backplaneFailures++;
    this.#log.warn('mailbox failed', { request, reason });
  }
}
