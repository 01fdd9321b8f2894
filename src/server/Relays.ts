import type { Clock } from '#shared/clock.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import { TokenBucket } from '#shared/tokenBucket.ts';
import { AddressRate } from './AddressRate.ts';
import type { ServerLimits } from './limits.ts';
import type { Session } from './Session.ts';
import type { ServerStats } from './stats.ts';
import { turnCredentials, type TurnService } from './turnCredentials.ts';

type TurnLimits = Pick<ServerLimits, 'turnPerSecond' | 'turnBurst' | 'loginsPerSecond' | 'loginBurst'>;

/** Gives clients credentials for the relays of this server. */
export class Relays {
  readonly #turn: TurnService | undefined;
  readonly #limits: TurnLimits;
  readonly #clock: Clock;
  readonly #stats: ServerStats;
  /** By session and not by socket: resuming does not give new ones. */
  readonly #buckets = new WeakMap<Session, TokenBucket>();
  /** Logging in anew, with the same id or another, gives a new session: an address has no more than it has logins. */
  readonly #rate: AddressRate;

  constructor(options: {
    readonly turn: TurnService | undefined;
    readonly limits: TurnLimits;
    readonly clock: Clock;
    readonly stats: ServerStats;
  }) {
    this.#turn = options.turn;
    this.#limits = options.limits;
    const { loginsPerSecond: perSecond, loginBurst: capacity } = options.limits;
    this.#rate = new AddressRate({ perSecond, capacity });
    this.#clock = options.clock;
    this.#stats = options.stats;
  }

  issue(session: Session, ref: string): void {
    const turn = this.#turn;
    if (turn === undefined) {
      session.socket?.write(encodeFrame({ type: 'turn', ref, servers: [], ttl: 0 }));
      return;
    }
    const now = this.#clock.monotonic();
    if (!this.#allows(session, now)) {
      this.#stats.rateLimited++;
      session.socket?.write(encodeFrame({ type: 'error', ref, code: 'rateLimited' }));
      return;
    }
    this.#stats.turnIssued++;
    const server = { urls: [...turn.urls], ...turnCredentials(turn, this.#clock.now()) };
    session.socket?.write(encodeFrame({ type: 'turn', ref, servers: [server], ttl: turn.ttlSeconds }));
  }

  /** Forgets the addresses that have asked for nothing for a while. */
  sweep(now: number): void {
    this.#rate.prune(now);
  }

  #allows(session: Session, now: number): boolean {
    const { socket } = session;
    return (
      this.#bucket(session, now).takeIfThere(now) &&
      (socket === undefined || this.#rate.allows(socket.addressKey, now))
    );
  }

  #bucket(session: Session, now: number): TokenBucket {
    const known = this.#buckets.get(session);
    if (known !== undefined) {
      return known;
    }
    const { turnPerSecond: perSecond, turnBurst: capacity } = this.#limits;
    const bucket = new TokenBucket({ perSecond, capacity, now });
    this.#buckets.set(session, bucket);
    return bucket;
  }
}
