import type { Clock } from '#shared/clock.ts';
import { hasRelay } from '#shared/iceUrls.ts';
import type { CallIceServers } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import type { IceServer } from '#shared/settings.ts';
import type { SignalingClient } from '../signaling/SignalingClient.ts';
import type { SettingsStore } from '../storage/SettingsStore.ts';

/** A call waits for the server's relays this long, milliseconds. */
const answerMs = 1_500;

/** Relays of a signaling server, and how long they may be used. */
interface Relays {
  readonly servers: readonly IceServer[];
  /** The server that gave them. */
  readonly url: string;
  /** When they were asked for, on both of our clocks: what the server's says does not matter. Milliseconds. */
  readonly at: number;
  readonly atMonotonic: number;
  readonly lifeMs: number;
}

/**
 * Which ICE servers a call uses: those of the person, and relays of the signaling server. The relays are asked
 * for every time, so that no two calls show a relay the same user name; the last answer stands in for a server
 * that is away for the first half of its life, so that a long call is never begun with a short rest of it.
 */
export class CallIce {
  readonly #settings: Pick<SettingsStore, 'value'>;
  readonly #client: Pick<SignalingClient, 'state' | 'requests'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #last: Relays | undefined;
  #asking: Promise<Relays | undefined> | undefined;

  constructor(options: {
    readonly settings: Pick<SettingsStore, 'value'>;
    readonly client: Pick<SignalingClient, 'state' | 'requests'>;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#settings = options.settings;
    this.#client = options.client;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Answers within 1.5 s, and never fails. */
  async get(): Promise<CallIceServers> {
    const own = this.#settings.value.iceServers;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    const relays = (await this.#asking) ?? this.#lastStillGood();
    const servers = [...own, ...(relays?.servers ?? [])];
    return {
      servers,
      expiresAt: relays === undefined ? null : relays.at + relays.lifeMs,
      relays: servers.filter(hasRelay).length,
    };
  }

  /** Undefined: the server does not say, or has none. */
  async #ask(): Promise<Relays | undefined> {
    const { url } = this.#client.state;
    const at = this.#clock.now();
    const atMonotonic = this.#clock.monotonic();
    const answer = await this.#client.requests.relays(answerMs);
    if (!answer.ok) {
      this.#logger.info('relays not known', { code: answer.error.code });
      return undefined;
    }
    const { servers, ttl } = answer.value;
    if (servers.length === 0 || ttl === 0) {
      this.#last = undefined;
      return undefined;
    }
    this.#last = { servers, url, at, atMonotonic, lifeMs: ttl * 1_000 };
    return this.#last;
  }

  #lastStillGood(): Relays | undefined {
    const last = this.#last;
    if (last?.url !== this.#client.state.url) {
      return undefined;
    }
    // The monotonic clock stands still in sleep, and the other one can be set back.
    const age = Math.max(this.#clock.now() - last.at, this.#clock.monotonic() - last.atMonotonic);
    return age < last.lifeMs / 2 ? last : undefined;
  }
}
