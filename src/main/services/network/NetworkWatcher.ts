import type { NetworkInterfaceInfo } from 'node:os';
import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';

/** Between two looks in a call, milliseconds: media shall be back within 2 s of a new path. */
const callIntervalMs = 500;

/** The same without one. The signaling server notices a dead connection by itself within 15 s. */
const idleIntervalMs = 5_000;

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** What became of the addresses of this computer. */
export interface NetworkChange {
  /** Some are gone: what is connected from them hangs. */
  readonly lost: boolean;
}

/**
 * Notices that this computer has other addresses than before. No system tells Node, so it looks now and then,
 * more often in a call.
 */
export class NetworkWatcher {
  readonly #interfaces: () => Interfaces;
  readonly #onChanged: (change: NetworkChange) => void;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #known: ReadonlySet<string> = new Set();
  #inCall = false;
  #next: CancelTimer | undefined;

  constructor(options: {
    /** `os.networkInterfaces`. */
    readonly interfaces: () => Interfaces;
    readonly onChanged: (change: NetworkChange) => void;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#interfaces = options.interfaces;
    this.#onChanged = options.onChanged;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  start(): void {
    this.#known = this.#addresses() ?? new Set();
    this.#wait();
  }

  /** Looks often while there is a call. */
  setInCall(inCall: boolean): void {
    if (inCall !== this.#inCall) {
      this.#inCall = inCall;
      if (this.#next !== undefined) {
        this.#wait();
      }
    }
  }

  close(): void {
    this.#next?.();
    this.#next = undefined;
  }

  #wait(): void {
    this.#next?.();
    this.#next = this.#clock.after(this.#inCall ? callIntervalMs : idleIntervalMs, () => {
      this.#look();
      this.#wait();
    });
  }

  #look(): void {
    const before = this.#known;
    const now = this.#addresses();
    if (now === undefined) {
      return;
    }
    this.#known = now;
    const lost = [...before].filter((address) => !now.has(address)).length;
    const found = [...now].filter((address) => !before.has(address)).length;
    if (lost > 0 || found > 0) {
      this.#logger.info('network changed', { lost, found });
      this.#onChanged({ lost: lost > 0 });
    }
  }

  /** Of all interfaces; without loopback and link-local ones, over which nobody is called. */
  #addresses(): ReadonlySet<string> | undefined {
    try {
      const usable = Object.entries(this.#interfaces()).flatMap(([name, infos]) =>
        (infos ?? [])
          .filter(({ internal, address }) => !internal && !/^(?:169\.254\.|fe[89ab][\da-f]:)/i.test(address))
          .map(({ address }) => `${name} ${address}`),
      );
      return new Set(usable);
    } catch (error) {
      // Some systems refuse for a moment while interfaces come and go.
      this.#logger.debug('interfaces not known', { error });
      return undefined;
    }
  }
}
