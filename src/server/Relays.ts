import type { Clock } from '#shared/clock.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import { TokenBucket } from '#shared/tokenBucket.ts';
import type { ServerLimits } from './limits.ts';
import type { Session } from './Session.ts';
import type { ServerStats } from './stats.ts';
import { turnCredentials, type TurnService } from './turnCredentials.ts';

/** Gives clients credentials for the relays of this server. */
export class Relays {
  readonly #turn: TurnService | undefined;
  readonly #limits: Pick<ServerLimits, 'turnPerSecond' | 'turnBurst'>;
  readonly #clock: Clock;
  readonly #stats: ServerStats;
  /** By session and not by socket: breaking the connection off does not give new ones. */
  readonly #buckets = new WeakMap<Session, TokenBucket>();

  constructor(options: {
    readonly turn: TurnService | undefined;
    readonly limits: Pick<ServerLimits, 'turnPerSecond' | 'turnBurst'>;
    readonly clock: Clock;
    readonly stats: ServerStats;
  }) {
    this.#turn = options.turn;
    this.#limits = options.limits;
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
    if (!this.#bucket(session, now).takeIfThere(now)) {
      this.#stats.rateLimited++;
      session.socket?.write(encodeFrame({ type: 'error', ref, code: 'rateLimited' }));
      return;
    }
    this.#stats.turnIssued++;
    const server = { urls: [...turn.urls], ...turnCredentials(turn, this.#clock.now()) };
    session.socket?.write(encodeFrame({ type: 'turn', ref, servers: [server], ttl: turn.ttlSeconds }));
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
