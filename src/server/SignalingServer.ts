import { hostname } from 'node:os';
import { systemClock, type Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { SessionMessage } from '#shared/protocol/messages.ts';
import { assertNever, fail, type Result } from '#shared/result.ts';
import type { Backplane } from './Backplane.ts';
import { BookKeeper } from './BookKeeper.ts';
import { Claims } from './Claims.ts';
import { Connections } from './Connections.ts';
import { DeviceRegistry } from './DeviceRegistry.ts';
import { defaultServerLimits, type ServerLimits } from './limits.ts';
import { Listener, type TlsIdentity } from './Listener.ts';
import { LoginCheck } from './LoginCheck.ts';
import type { MailboxStore } from './MailboxStore.ts';
import { Mailroom } from './Mailroom.ts';
import { MemoryBackplane } from './MemoryBackplane.ts';
import { MemoryMailbox } from './MemoryMailbox.ts';
import { NodeLink } from './NodeLink.ts';
import type { NodeNews, NodeReply, NodeRequest } from './nodeMessages.ts';
import { OwnDevices } from './OwnDevices.ts';
import { PresenceBoard } from './PresenceBoard.ts';
import { Relays } from './Relays.ts';
import { Router } from './Router.ts';
import type { Session } from './Session.ts';
import { SessionKeeper } from './SessionKeeper.ts';
import { SessionStore } from './SessionStore.ts';
import { newServerStats, type ServerStats } from './stats.ts';
import { Sweep } from './Sweep.ts';
import type { TurnService } from './turnCredentials.ts';

export interface SignalingServerOptions {
  readonly logger: Logger;
  /** Address to listen on; 127.0.0.1 unless given. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls?: TlsIdentity;
  /**
   * What clients may call this server, `host` or `host:port` (see `audiences.ts`). Without names: the address
   * that they reached it at, this machine's name, and `localhost` from this machine.
   */
  readonly names?: readonly string[];
  /** The name of this machine. */
  readonly hostname?: string;
  /** Believe the last entry of X-Forwarded-For. Only behind a proxy of one's own. */
  readonly trustProxy?: boolean;
  /** How nodes know of each other; a server that stands alone needs none. Closed together with the server. */
  readonly backplane?: Backplane;
  /** Where notices wait for who is away; in memory unless given. Nodes that work as one share one. Closed too. */
  readonly mailbox?: MailboxStore;
  /** The relays that its clients may use; none unless given. */
  readonly turn?: TurnService;
  readonly limits?: Partial<ServerLimits>;
  readonly clock?: Clock;
}

export type ServerPhase = 'new' | 'starting' | 'running' | 'draining' | 'closed';

/**
 * The signaling server: authenticates, routes sealed envelopes, reads none. One object is one server and is
 * started once; everything it holds is its own, so several live in one process.
 */
export class SignalingServer {
  readonly stats: ServerStats = newServerStats();
  readonly #log: Logger;
  readonly #backplane: Backplane;
  readonly #mailbox: MailboxStore;
  readonly #listener: Listener;
  readonly #link: NodeLink;
  readonly #logins: LoginCheck;
  readonly #keeper: SessionKeeper;
  readonly #router: Router;
  readonly #mailroom: Mailroom;
  readonly #devices: OwnDevices;
  readonly #books: BookKeeper;
  readonly #presence: PresenceBoard;
  readonly #relays: Relays;
  readonly #connections: Connections;
  readonly #sweep: Sweep;
  #phase: ServerPhase = 'new';
  #closing: Promise<void> | undefined;

  constructor(options: SignalingServerOptions) {
    const { logger, clock = systemClock, backplane = new MemoryBackplane() } = options;
    const { mailbox: store = new MemoryMailbox({ clock }) } = options;
    const limits = { ...defaultServerLimits, ...options.limits };
    const { stats } = this;
    this.#log = logger;
    this.#backplane = backplane;
    this.#mailbox = store;
    const sessions = new SessionStore();
    this.#link = new NodeLink({
      backplane,
      clock,
      logger,
      replyMs: limits.nodeReplyMs,
      serve: (request) => this.#request(request),
      heard: (news) => this.#heard(news),
    });
    const claims = new Claims(limits);
    const shared = { sessions, claims, backplane, link: this.#link, clock, logger, limits, stats };
    // Whoever cannot be looked up is a stranger.
    const names = async (owner: PeerId, sender: PeerId): Promise<boolean> => {
      const named = await backplane.names(owner, sender);
      return named.ok && named.value;
    };
    this.#mailroom = new Mailroom({ ...shared, store, names });
    this.#presence = new PresenceBoard(shared);
    this.#books = new BookKeeper({
      ...shared,
      changed: (session) => {
        this.#presence.changed(session);
        this.#mailroom.desks.wake(session.id);
      },
    });
    const audience = { names: options.names ?? [], hostname: options.hostname ?? hostname() };
    this.#logins = new LoginCheck({ clock, logger, limits, audience });
    this.#keeper = new SessionKeeper({
      ...shared,
      logins: this.#logins,
      devices: new DeviceRegistry({ ...shared, signOuts: store }),
      mail: this.#mailroom.desks,
      presence: this.#presence,
    });
    this.#devices = new OwnDevices({ ...shared, store, keeper: this.#keeper });
    this.#router = new Router(shared);
    this.#relays = new Relays({ ...shared, turn: options.turn });
    this.#connections = new Connections({
      ...shared,
      keeper: this.#keeper,
      router: this.#router,
      mail: this.#mailroom.desks,
      serving: () => this.#phase === 'running',
      serve: (session, message) => this.#message(session, message),
      release: (slot) => this.#listener.release(slot),
    });
    this.#sweep = new Sweep({
      ...shared,
      parts: [
        this.#connections,
        this.#logins,
        this.#keeper,
        this.#mailroom,
        this.#books,
        this.#relays,
        this.#presence,
      ],
    });
    this.#listener = new Listener({
      ...shared,
      host: options.host ?? '127.0.0.1',
      port: options.port,
      tls: options.tls,
      trustProxy: options.trustProxy ?? false,
      accept: (accepted) => this.#connections.take(accepted),
    });
  }

  get phase(): ServerPhase {
    return this.#phase;
  }

  /** Whether a client that connects now can be served. */
  async healthy(): Promise<boolean> {
    return this.#phase === 'running' && (await this.#backplane.healthy());
  }

  /**
   * Listens. SERVER_PORT_IN_USE: another program has the port; SERVER_START_FAILED: the address cannot be had,
   * or the backplane or the mailbox is not there. After a failure the object is of no more use.
   */
  async start(): Promise<Result<{ readonly port: number }>> {
    if (this.#phase !== 'new') {
      return fail('SERVER_START_FAILED', `a server is started once; this one is ${this.#phase}`);
    }
    this.#phase = 'starting';
    const connected = await this.#backplane.start({
      message: (text) => this.#link.receive(text),
      lost: (id, deviceId) => this.#keeper.lost(id, deviceId),
    });
    const ready = connected.ok ? await this.#mailbox.start() : connected;
    const listening = ready.ok
      ? await this.#listener.listen()
      : fail(
          'SERVER_START_FAILED' as const,
          `${connected.ok ? 'mailbox' : 'backplane'}: ${ready.error.message}`,
        );
    if (!listening.ok) {
      this.#phase = 'closed';
      await Promise.all([this.#backplane.close(), this.#mailbox.close()]);
      return listening;
    }
    if (this.#closing !== undefined) {
      this.#listener.stop();
      return fail('SERVER_START_FAILED', 'closed while starting');
    }
    this.#phase = 'running';
    this.#logins.listening(listening.value.port);
    this.#sweep.start();
    this.#log.info('server listening', { port: listening.value.port });
    return listening;
  }

  /** Tells every client to go elsewhere (`goingAway`), waits until they are gone or the grace is over. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  #message(session: Session, message: SessionMessage): void {
    switch (message.type) {
      case 'send':
        this.#router.send(session, message);
        return;
      case 'key.get':
        void this.#router.keyGet(session, message.ref, message.id);
        return;
      case 'mail.put':
        this.#mailroom.put(session, message);
        return;
      case 'mail.ack':
        this.#mailroom.desks.acknowledge(session, message.mail);
        return;
      case 'book.put':
        void this.#books.put(session, message);
        return;
      case 'book.change':
        void this.#books.change(session, message);
        return;
      case 'presence.set':
        this.#presence.set(session, message);
        return;
      case 'presence.watch':
        this.#presence.watch(session, message);
        return;
      case 'devices.get':
        void this.#devices.list(session, message.ref);
        return;
      case 'devices.end':
        void this.#devices.end(session, message.ref, message.device);
        return;
      case 'turn.get':
        this.#relays.issue(session, message.ref);
        return;
      case 'ack':
        return;
      default:
        assertNever(message);
    }
  }

  #request(request: NodeRequest): NodeReply {
    switch (request.kind) {
      case 'deliver':
        return this.#router.deliverFromNode(request);
      case 'take':
        return this.#keeper.giveUp(request);
      case 'devices':
        return this.#devices.listForNode(request.id);
      case 'signOut':
        return this.#keeper.signOut(request.id, request.deviceId);
      default:
        return assertNever(request);
    }
  }

  #heard(news: NodeNews): void {
    switch (news.kind) {
      case 'presence':
        this.#presence.heard(news.id);
        break;
      case 'mail':
        this.#mailroom.desks.wake(news.to);
        break;
      default:
        assertNever(news);
    }
  }

  async #drain(): Promise<void> {
    const before = this.#phase;
    this.#phase = 'draining';
    if (before === 'running') {
      this.#sweep.stop();
      this.#listener.stop();
      await this.#connections.drain();
    }
    this.#listener.close();
    await this.#mailroom.close();
    this.#presence.close();
    this.#link.close();
    await Promise.all([this.#backplane.close(), this.#mailbox.close()]);
    this.#phase = 'closed';
    if (before === 'running') {
      this.#log.info('server closed');
    }
  }
}
