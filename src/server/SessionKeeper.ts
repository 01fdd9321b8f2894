import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '#shared/clock.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import type { CloseReason } from '#shared/protocol/closeCodes.ts';
import type { KeyOwner } from './auth.ts';
import type { Book } from './Book.ts';
import type { Claims } from './Claims.ts';
import type { Connection, LoginAttempt } from './Connection.ts';
import type { DeviceRegistry, Registered } from './DeviceRegistry.ts';
import type { ServerLimits } from './limits.ts';
import type { LoginCheck } from './LoginCheck.ts';
import type { NodeReply, NodeRequest } from './nodeMessages.ts';
import type { PresenceBoard } from './PresenceBoard.ts';
import { Session } from './Session.ts';
import type { SessionStore } from './SessionStore.ts';
import type { ServerStats } from './stats.ts';

type TakeRequest = Extract<NodeRequest, { kind: 'take' }>;

/** Closed for one of these, a session is not waited for. */
const endsSession: readonly CloseReason[] = ['badFrame', 'goingAway', 'signedOut'];

/** Who hears of sessions because of the notices that wait for them. */
export interface SessionMail {
  entered(session: Session, resumed: boolean): void;
  left(session: Session): void;
  /** It goes on at another node. */
  moved(session: Session): void;
}

const sameToken = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Lets sessions begin, resume, move between nodes and end: one per device, wherever it is connected. */
export class SessionKeeper {
  readonly #sessions: SessionStore;
  readonly #logins: LoginCheck;
  readonly #devices: DeviceRegistry;
  readonly #mail: SessionMail;
  readonly #presence: PresenceBoard;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: ServerLimits;
  readonly #stats: ServerStats;
  readonly #detached = new Set<Session>();
  /** While there is one for a device, nobody unregisters the device under it. */
  readonly #claims: Claims;

  constructor(options: {
    readonly sessions: SessionStore;
    readonly claims: Claims;
    readonly logins: LoginCheck;
    readonly devices: DeviceRegistry;
    readonly mail: SessionMail;
    readonly presence: PresenceBoard;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly limits: ServerLimits;
    readonly stats: ServerStats;
  }) {
    this.#sessions = options.sessions;
    this.#claims = options.claims;
    this.#logins = options.logins;
    this.#devices = options.devices;
    this.#mail = options.mail;
    this.#presence = options.presence;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#limits = options.limits;
    this.#stats = options.stats;
  }

  async login(connection: Connection, attempt: LoginAttempt): Promise<void> {
    const owner = await this.#logins.check(attempt);
    if (!owner.ok) {
      connection.close(owner.error);
      return;
    }
    if (!connection.open) {
      return;
    }
    const problem = await this.#claim(connection, owner.value, attempt);
    if (problem !== undefined) {
      connection.close(problem);
    }
  }

  /** The socket of a session ended; what that means for the session depends on how. */
  socketEnded(connection: Connection, end: { readonly clean: boolean; readonly reason?: CloseReason }): void {
    const session = connection.session;
    if (session?.socket !== connection || end.reason === 'replaced') {
      return;
    }
    session.detach(this.#clock.monotonic());
    if (end.clean || (end.reason !== undefined && endsSession.includes(end.reason))) {
      this.#end(session);
    } else {
      this.#detached.add(session);
    }
  }

  /** Ends sessions whose device did not come back, and forgets old answers of the others. */
  sweep(now: number): void {
    for (const session of this.#detached) {
      if (now - session.detachedAt >= this.#limits.resumeMs) {
        this.#end(session);
      }
    }
    for (const session of this.#sessions.all()) {
      session.prune(now);
    }
    this.#stats.sessions = this.#sessions.size;
  }

  /** Another node has the device now. The session goes with it if the token is right. */
  giveUp({ id, deviceId, token }: TakeRequest): NodeReply {
    const session = this.#sessions.find(id, deviceId);
    if (session === undefined) {
      return { kind: 'taken', session: null };
    }
    const matches = token !== undefined && sameToken(token, session.token);
    const snapshot = matches
      ? {
          ...session.snapshot(this.#clock.monotonic()),
          watched: this.#presence.watchedBy(session),
        }
      : null;
    this.#replace(session, { moved: matches });
    return { kind: 'taken', session: snapshot };
  }

  /** Another node has the device, and we hear of it late. */
  lost(id: PeerId, deviceId: DeviceId): void {
    const session = this.#sessions.find(id, deviceId);
    if (session !== undefined) {
      this.#replace(session);
    }
  }

  /** Ends what there is of a device that may no longer log in: its session, and logins under way. */
  signOut(id: PeerId, deviceId: DeviceId): NodeReply {
    this.#claims.signOut(id, deviceId);
    const session = this.#sessions.find(id, deviceId);
    session?.socket?.signedOut();
    if (session !== undefined) {
      this.#end(session);
    }
    return { kind: 'heard' };
  }

  /** Makes the device a session of this node; returns why that cannot be. */
  async #claim(
    connection: Connection,
    owner: KeyOwner,
    { hello }: LoginAttempt,
  ): Promise<CloseReason | undefined> {
    const { id } = owner;
    const { deviceId } = hello;
    // Before the device can be reached it must be known by whom.
    const book = await this.#devices.findBook(id, deviceId);
    if (book === undefined) {
      return 'internal';
    }
    this.#claims.open(id, deviceId, book);
    try {
      const registered = await this.#devices.register(owner, hello, book);
      if (!registered.ok) {
        return registered.error;
      }
      this.#adopt(id, deviceId, registered.value);
      if (this.#claims.isSignedOut(id, deviceId)) {
        // Its session may have come from another node only now, too late to be ended with the login.
        this.signOut(id, deviceId);
        return 'signedOut';
      }
      if (connection.open) {
        this.#enter(connection, id, hello, registered.value);
      }
      return undefined;
    } finally {
      const session = this.#sessions.find(id, deviceId);
      this.#claims.close(id, deviceId, session, this.#clock.monotonic());
      if (session === undefined) {
        this.#unregister(id, deviceId);
      }
    }
  }

  /** A session that lived on another node waits here for its device, like any that lost its socket. */
  #adopt(id: PeerId, deviceId: DeviceId, { session: snapshot, book }: Registered): void {
    if (snapshot === null || this.#sessions.find(id, deviceId) !== undefined) {
      return;
    }
    const now = this.#clock.monotonic();
    const session = new Session({
      id,
      deviceId,
      token: snapshot.token,
      since: snapshot.since,
      book,
      limits: this.#limits,
    });
    session.restore(snapshot, now);
    session.detach(now);
    this.#sessions.add(session);
    this.#detached.add(session);
    this.#presence.adopt(session, snapshot.watched);
  }

  #enter(
    connection: Connection,
    id: PeerId,
    hello: LoginAttempt['hello'],
    { book, showed }: Registered,
  ): void {
    const { deviceId, resume } = hello;
    const existing = this.#sessions.find(id, deviceId);
    const resumed =
      existing !== undefined &&
      resume !== undefined &&
      sameToken(resume.session, existing.token) &&
      resume.seq <= existing.seq;
    if (existing !== undefined && !resumed) {
      this.#replace(existing);
    }
    const session = resumed ? existing : this.#begin(id, deviceId, existing ?? { book });
    if (resumed) {
      session.socket?.replaced();
      this.#detached.delete(session);
      session.acknowledge(resume.seq);
      this.#stats.resumed++;
    }
    this.#stats.logins++;
    const now = Math.floor(this.#clock.monotonic());
    session.attach(connection, now);
    connection.enter(session, {
      type: 'ready',
      id,
      session: session.token,
      resumed,
      time: this.#clock.now(),
      limits: {
        frameBytes: this.#limits.frameBytes,
        messagesPerSecond: this.#limits.messagesPerSecond,
        resumeSeconds: Math.floor(this.#limits.resumeMs / 1_000),
      },
    });
    session.replay(now);
    this.#mail.entered(session, resumed);
    this.#presence.entered(session, {
      resumed,
      showed: showed || (existing !== undefined && existing.state !== 'offline'),
    });
    this.#log.debug('session entered', { id, resumed });
  }

  #begin(
    id: PeerId,
    deviceId: DeviceId,
    { book, bookFailure }: { readonly book: Book; readonly bookFailure?: symbol | undefined },
  ): Session {
    const token = randomBytes(24).toString('base64url');
    const since = this.#clock.now();
    const session = new Session({ id, deviceId, token, since, book, limits: this.#limits });
    session.bookFailure = bookFailure;
    this.#sessions.add(session);
    return session;
  }

  /** Its device is connected elsewhere: the session ends, the place stays. */
  #replace(session: Session, { moved }: { readonly moved: boolean } = { moved: false }): void {
    this.#sessions.remove(session);
    this.#detached.delete(session);
    this.#presence.left(session);
    if (moved) {
      this.#mail.moved(session);
    } else {
      this.#mail.left(session);
    }
    session.socket?.replaced();
  }

  #end(session: Session): void {
    this.#detached.delete(session);
    if (this.#sessions.remove(session)) {
      this.#mail.left(session);
      this.#presence.left(session);
      this.#unregister(session.id, session.deviceId);
    }
  }

  #unregister(id: PeerId, deviceId: DeviceId): void {
    if (this.#claims.has(id, deviceId)) {
      return;
    }
    void this.#devices.unregister(id, deviceId).then((watching) => this.#presence.tell(id, watching));
  }
}
