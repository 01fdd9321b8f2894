import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '#shared/clock.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import type { CloseReason } from '#shared/protocol/closeCodes.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { acceptsAudience } from './audiences.ts';
import { keyOwner, verifyLogin, type KeyOwner } from './auth.ts';
import type { Backplane } from './Backplane.ts';
import type { Book } from './Book.ts';
import { AddressRate } from './AddressRate.ts';
import { addressKey } from './clientAddress.ts';
import type { Claims } from './Claims.ts';
import type { Connection, LoginAttempt } from './Connection.ts';
import type { ServerLimits } from './limits.ts';
import type { MailboxStore } from './MailboxStore.ts';
import type { NodeLink } from './NodeLink.ts';
import type { NodeReply, NodeRequest, SessionSnapshot } from './nodeMessages.ts';
import type { PresenceBoard } from './PresenceBoard.ts';
import { Session } from './Session.ts';
import type { SessionStore } from './SessionStore.ts';
import type { ServerStats } from './stats.ts';

/** What is known of a device once it is registered here. */
interface Registered {
  readonly book: Book;
  /** It showed something until now. */
  readonly showed: boolean;
}

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
  readonly #backplane: Backplane;
  readonly #link: NodeLink;
  readonly #mail: SessionMail;
  readonly #presence: PresenceBoard;
  readonly #signOuts: Pick<MailboxStore, 'isSignedOut'>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: ServerLimits;
  readonly #stats: ServerStats;
  readonly #audience: { readonly names: readonly string[]; readonly hostname: string };
  readonly #detached = new Set<Session>();
  /** While there is one for a device, nobody unregisters the device under it. */
  readonly #claims: Claims;
  readonly #rate: AddressRate;
  #port = 0;

  constructor(options: {
    readonly sessions: SessionStore;
    readonly claims: Claims;
    readonly backplane: Backplane;
    readonly link: NodeLink;
    readonly mail: SessionMail;
    readonly presence: PresenceBoard;
    readonly signOuts: Pick<MailboxStore, 'isSignedOut'>;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly limits: ServerLimits;
    readonly stats: ServerStats;
    readonly audience: { readonly names: readonly string[]; readonly hostname: string };
  }) {
    this.#sessions = options.sessions;
    this.#claims = options.claims;
    this.#backplane = options.backplane;
    this.#link = options.link;
    this.#mail = options.mail;
    this.#presence = options.presence;
    this.#signOuts = options.signOuts;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#limits = options.limits;
    this.#stats = options.stats;
    this.#audience = options.audience;
    const { loginsPerSecond: perSecond, loginBurst: capacity } = options.limits;
    this.#rate = new AddressRate({ perSecond, capacity });
  }

  /** The port that clients dial; known once the server listens. */
  listening(port: number): void {
    this.#port = port;
  }

  async login(connection: Connection, attempt: LoginAttempt): Promise<void> {
    const { hello, auth, nonce, origin } = attempt;
    const { address: clientAddress, localAddress } = origin;
    if (!this.#rate.allows(addressKey(clientAddress), this.#clock.monotonic())) {
      connection.close('tooManyConnections');
      return;
    }
    const facts = { ...this.#audience, port: this.#port, localAddress, clientAddress };
    if (!acceptsAudience(auth.audience, facts)) {
      this.#log.debug('audience refused', { audience: auth.audience });
      connection.close('audienceRefused');
      return;
    }
    const owner = keyOwner(hello.publicKey);
    const { deviceId } = hello;
    const { signature, audience } = auth;
    if (!(await verifyLogin({ publicKey: owner.publicKey, signature, nonce, audience, deviceId }))) {
      connection.close('authFailed');
      return;
    }
    if (!connection.open) {
      return;
    }
    const problem = await this.#claim(connection, owner, attempt);
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
    this.#rate.prune(now);
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
    const book = await this.#findBook(id, deviceId);
    if (book === undefined) {
      return 'internal';
    }
    this.#claims.open(id, deviceId, book);
    try {
      const registered = await this.#register(owner, hello, book);
      if (!registered.ok) {
        return registered.error;
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

  /** Registers the device here and fetches its session from where it was. */
  async #register(
    owner: KeyOwner,
    hello: LoginAttempt['hello'],
    book: Book,
  ): Promise<Result<Registered, CloseReason>> {
    const { deviceId } = hello;
    const [registration, remembered] = await Promise.all([
      this.#backplane.register(owner.id, deviceId, this.#limits.devicesPerId, book),
      this.#backplane.rememberKey(owner.id, owner.publicKey),
    ]);
    if (!registration.ok || !remembered.ok) {
      this.#stats.backplaneFailures++;
      this.#log.warn('backplane failed', { request: 'login' });
      return err('internal');
    }
    if (registration.value.outcome === 'full') {
      return err('tooManyConnections');
    }
    const { previous, showed } = registration.value;
    if (await this.#isSignedOut(owner.id, deviceId)) {
      // It may be there still: whoever signed it out finds the device here now.
      if (previous !== undefined) {
        void this.#link.ask(previous, { kind: 'signOut', id: owner.id, deviceId });
      }
      return err('signedOut');
    }
    let now = book;
    if (previous !== undefined) {
      const token = hello.resume?.session;
      const request = {
        kind: 'take',
        id: owner.id,
        deviceId,
        ...(token === undefined ? {} : { token }),
      } as const;
      const reply = await this.#link.ask(previous, request);
      // It may have changed there until a moment ago.
      now = (await this.#findBook(owner.id, deviceId)) ?? book;
      if (reply?.kind === 'taken' && reply.session !== null) {
        this.#adopt(owner.id, deviceId, reply.session, now);
      }
    }
    return this.#claims.isSignedOut(owner.id, deviceId) ? err('signedOut') : ok({ book: now, showed });
  }

  /** Undefined: the backplane failed. */
  async #findBook(id: PeerId, deviceId: DeviceId): Promise<Book | undefined> {
    const book = await this.#backplane.findBook(id, deviceId);
    if (!book.ok) {
      this.#stats.backplaneFailures++;
      this.#log.warn('backplane failed', { request: 'login', reason: book.error.message });
    }
    return book.ok ? book.value : undefined;
  }

  /**
   * Asked once the device is registered: a sign-out that is remembered later finds the login here. Where the
   * answer cannot be had the device is let in, because signing out protects from nobody who has the key, and a
   * full disk must not keep people from calling.
   */
  async #isSignedOut(id: PeerId, deviceId: DeviceId): Promise<boolean> {
    const signedOut = await this.#signOuts.isSignedOut(id, deviceId);
    if (!signedOut.ok) {
      this.#stats.backplaneFailures++;
      this.#log.warn('mailbox failed', { request: 'login', reason: signedOut.error.message });
    }
    return signedOut.ok && signedOut.value;
  }

  /** A session that lived on another node waits here for its device, like any that lost its socket. */
  #adopt(id: PeerId, deviceId: DeviceId, snapshot: SessionSnapshot, book: Book): void {
    if (this.#sessions.find(id, deviceId) !== undefined) {
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
    const session = resumed ? existing : this.#begin(id, deviceId, existing?.book ?? book);
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

  #begin(id: PeerId, deviceId: DeviceId, book: Book): Session {
    const token = randomBytes(24).toString('base64url');
    const since = this.#clock.now();
    const session = new Session({ id, deviceId, token, since, book, limits: this.#limits });
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
    void this.#backplane.unregister(id, deviceId).then((result) => {
      if (result.ok) {
        this.#presence.tell(id, result.value);
      } else {
        // The place runs out by itself.
        this.#stats.backplaneFailures++;
      }
    });
  }
}
