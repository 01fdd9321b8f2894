import type { Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import type { CloseReason } from '#shared/protocol/closeCodes.ts';
import type { SessionMessage } from '#shared/protocol/messages.ts';
import { Connection, type ConnectionHost, type LoginAttempt } from './Connection.ts';
import type { ServerLimits } from './limits.ts';
import type { AcceptedSocket, AddressSlot } from './Listener.ts';
import type { MailDesks } from './MailDesks.ts';
import type { Router } from './Router.ts';
import type { Session } from './Session.ts';
import type { SessionKeeper } from './SessionKeeper.ts';
import type { ServerStats } from './stats.ts';

/** The sockets that are open: taken in, counted, looked after, and sent away in the end. */
export class Connections implements ConnectionHost {
  readonly clock: Clock;
  readonly limits: ServerLimits;
  readonly #stats: ServerStats;
  readonly #log: Logger;
  readonly #keeper: Pick<SessionKeeper, 'login' | 'socketEnded'>;
  readonly #router: Pick<Router, 'refuse'>;
  readonly #mail: Pick<MailDesks, 'owes'>;
  readonly #serving: () => boolean;
  readonly #serve: (session: Session, message: SessionMessage) => void;
  readonly #release: (slot: AddressSlot) => void;
  readonly #open = new Set<Connection>();
  #holding: Connection[] = [];
  #onEmpty: (() => void) | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly limits: ServerLimits;
    readonly stats: ServerStats;
    readonly logger: Logger;
    readonly keeper: Pick<SessionKeeper, 'login' | 'socketEnded'>;
    readonly router: Pick<Router, 'refuse'>;
    readonly mail: Pick<MailDesks, 'owes'>;
    /** Whether whoever comes now may stay; otherwise it is told to go elsewhere. */
    readonly serving: () => boolean;
    readonly serve: (session: Session, message: SessionMessage) => void;
    /** Gives the place of a socket back that is gone. */
    readonly release: (slot: AddressSlot) => void;
  }) {
    this.clock = options.clock;
    this.limits = options.limits;
    this.#stats = options.stats;
    this.#log = options.logger;
    this.#keeper = options.keeper;
    this.#router = options.router;
    this.#mail = options.mail;
    this.#serving = options.serving;
    this.#serve = options.serve;
    this.#release = options.release;
  }

  take(accepted: AcceptedSocket): void {
    const connection = new Connection(accepted, this);
    this.#open.add(connection);
    this.#stats.connections = this.#open.size;
    this.#stats.unauthenticated++;
    if (!this.#serving()) {
      connection.close('goingAway');
    }
  }

  /** Looks at the time limits of every socket. */
  sweep(now: number): void {
    for (const connection of this.#open) {
      if (connection.sweep(now)) {
        this.#stats.deadSockets++;
      }
    }
  }

  /** Tells every client to go elsewhere (`goingAway`), waits until they are gone or the grace is over. */
  async drain(): Promise<void> {
    for (const connection of this.#open) {
      connection.close('goingAway');
    }
    if (this.#open.size === 0) {
      return;
    }
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(this.limits.closeGraceMs, () => {
        for (const connection of this.#open) {
          connection.terminate();
        }
      });
      this.#onEmpty = () => {
        cancel();
        resolve();
      };
    });
  }

  login(connection: Connection, attempt: LoginAttempt): void {
    void this.#keeper.login(connection, attempt).catch((error: unknown) => {
      this.#log.error('login failed inside', { error });
      connection.close('internal');
    });
  }

  message(session: Session, message: SessionMessage): void {
    this.#serve(session, message);
  }

  owesMailAck(session: Session, mail: readonly string[]): boolean {
    return this.#mail.owes(session, mail);
  }

  overRate(session: Session, ref: string | undefined): void {
    this.#stats.rateLimited++;
    if (ref !== undefined) {
      this.#router.refuse(session, ref, 'rateLimited');
    }
  }

  holding(connection: Connection): void {
    if (this.#holding.push(connection) === 1) {
      this.#planRelease();
    }
  }

  authenticated({ slot }: Connection): void {
    this.#stats.unauthenticated--;
    slot.unauthenticated--;
  }

  ended(connection: Connection, end: { readonly clean: boolean; readonly reason?: CloseReason }): void {
    if (connection.unauthenticated) {
      this.authenticated(connection);
    }
    if (end.reason !== undefined) {
      this.#stats.closes[end.reason]++;
      this.#log.debug('socket closed', { reason: end.reason });
    }
    this.#keeper.socketEnded(connection, end);
  }

  gone(connection: Connection): void {
    if (this.#open.delete(connection)) {
      this.#release(connection.slot);
    }
    this.#stats.connections = this.#open.size;
    if (this.#open.size === 0) {
      this.#onEmpty?.();
    }
  }

  /** Twice in the time that a receipt may wait: one that found company meanwhile is left alone. */
  #planRelease(): void {
    const half = this.limits.receiptDelayMs / 2;
    this.clock.after(half, () => {
      const before = this.clock.monotonic() - half;
      this.#holding = this.#holding.filter((connection) => !connection.release(before));
      if (this.#holding.length > 0) {
        this.#planRelease();
      }
    });
  }
}
