import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { CallIceServers } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { toRtcIceServers } from './engineProjections.ts';
import type { IceServersPort } from './ports.ts';

/** Credentials are renewed this long before they end, milliseconds: a restart of ICE may take some of it. */
const renewalMargin = 60_000;

/** Between two renewals, however short the credentials of a server live. Milliseconds. */
const shortestRenewal = 30_000;

const none: CallIceServers = { servers: [], expiresAt: null, relays: 0 };

/**
 * By which ICE servers one call finds its way: asked for when it begins, and again before their credentials
 * end.
 */
export class CallRoutes {
  readonly #port: IceServersPort;
  readonly #relayOnly: boolean;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onRenewed: () => void;
  #servers: CallIceServers = none;
  #asking: Promise<void>;
  #renewal: CancelTimer | undefined;
  #closed = false;

  constructor(options: {
    readonly port: IceServersPort;
    /** No other path than one through a relay. */
    readonly relayOnly: boolean;
    readonly clock: Clock;
    readonly logger: Logger;
    /** Other credentials are there than the connection was made with. */
    readonly onRenewed: () => void;
  }) {
    this.#port = options.port;
    this.#relayOnly = options.relayOnly;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#onRenewed = options.onRenewed;
    this.#asking = this.#ask();
  }

  /** Resolves when the servers are known, or it is known that they are not. */
  async known(): Promise<void> {
    return this.#asking;
  }

  /** Resolves when the servers are known and their credentials hold; after a sleep they may have ended. */
  async fresh(): Promise<void> {
    const asked = this.#asking;
    await asked;
    const { expiresAt } = this.#servers;
    if (!this.#closed && expiresAt !== null && this.#clock.now() >= expiresAt) {
      // Two restarts may find that out together, and one answer does for both.
      if (this.#asking === asked) {
        this.#renew();
      }
      await this.#asking;
    }
  }

  get hasRelay(): boolean {
    return this.#servers.relays > 0;
  }

  /** No way is left that the person allows. */
  get blocked(): boolean {
    return this.#relayOnly && !this.hasRelay;
  }

  /** `relayed`: for now no other path than one through a relay, whatever the person allows. */
  configuration(relayed: boolean): RTCConfiguration {
    return {
      iceServers: [...toRtcIceServers(this.#servers.servers)],
      iceTransportPolicy: relayed || this.#relayOnly ? 'relay' : 'all',
      bundlePolicy: 'max-bundle',
    };
  }

  close(): void {
    this.#closed = true;
    this.#renewal?.();
  }

  async #ask(): Promise<void> {
    try {
      const answer = await this.#port.get();
      if (answer.ok) {
        this.#servers = answer.value;
      } else {
        this.#log.warn('ICE servers not known', { code: answer.error.code });
      }
    } catch (error) {
      this.#log.warn('ICE servers not known', { error });
    }
    const { expiresAt } = this.#servers;
    if (!this.#closed && expiresAt !== null) {
      const ms = Math.max(shortestRenewal, expiresAt - this.#clock.now() - renewalMargin);
      this.#renewal?.();
      this.#renewal = this.#clock.after(ms, () => this.#renew());
    }
  }

  #renew(): void {
    this.#asking = this.#ask().then(() => {
      if (!this.#closed) {
        this.#onRenewed();
      }
    });
  }
}
