import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { Logger } from '#shared/logging.ts';
import type { Failure, Result } from '#shared/result.ts';
import type { OwnServerState } from '#shared/signalingState.ts';

export interface RunningServer {
  close(): Promise<void>;
}

/** Starts a signaling server on an address; fails with SERVER_PORT_IN_USE or SERVER_START_FAILED. */
export type StartServer = (options: {
  readonly host: string;
  readonly port: number;
}) => Promise<Result<RunningServer, Failure<Extract<ErrorCode, `SERVER_${string}`>>>>;

/** What the settings ask for; null: no server of our own. */
export type ServerWish = { readonly port: number; readonly openToNetwork: boolean } | null;

/** All interfaces, IPv4 and IPv6. */
const everywhere = '::';
const onlyHere = '127.0.0.1';

/**
 * The signaling server inside the app. Wishes are carried out one after the other and only the last one counts.
 * A taken port most likely belongs to another Peerline on this computer, which then serves both.
 */
export class EmbeddedServer {
  readonly #start: StartServer;
  readonly #addresses: (port: number) => readonly string[];
  readonly #logger: Logger;
  readonly #events: Emitter<{ state: OwnServerState }>;
  #wish: ServerWish = null;
  #running: RunningServer | undefined;
  #state: OwnServerState = { phase: 'off' };
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly start: StartServer;
    /** `ws://` addresses at which other computers reach a port of this one. */
    readonly addresses: (port: number) => readonly string[];
    readonly logger: Logger;
  }) {
    this.#start = options.start;
    this.#addresses = options.addresses;
    this.#logger = options.logger;
    this.#events = new Emitter((error) => this.#logger.error('listener failed', { error }));
  }

  get state(): OwnServerState {
    return this.#state;
  }

  onState(listener: (state: OwnServerState) => void): Unsubscribe {
    return this.#events.on('state', listener);
  }

  /** Resolves when the wish, or a later one, is carried out; never fails, see `state`. */
  async apply(wish: ServerWish): Promise<void> {
    if (JSON.stringify(wish) === JSON.stringify(this.#wish)) {
      return this.#enqueue(async () => Promise.resolve());
    }
    this.#wish = wish;
    return this.#enqueue(async () => this.#carryOut(wish));
  }

  /**
   * Tries again where a port was taken or the start failed: the other Peerline, whose server we used, may be
   * gone. Resolves to whether a server of ours runs now that did not before.
   */
  async takeOver(): Promise<boolean> {
    const wish = this.#wish;
    if (wish === null || (this.#state.phase !== 'shared' && this.#state.phase !== 'failed')) {
      return false;
    }
    await this.#enqueue(async () => this.#carryOut(wish));
    return this.#running !== undefined;
  }

  async close(): Promise<void> {
    await this.apply(null);
    this.#events.clear();
  }

  async #enqueue(task: () => Promise<void>): Promise<void> {
    const run = this.#queue.then(task);
    this.#queue = run;
    return run;
  }

  async #carryOut(wish: ServerWish): Promise<void> {
    if (wish !== this.#wish) {
      return;
    }
    await this.#running?.close();
    this.#running = undefined;
    if (wish === null) {
      this.#set({ phase: 'off' });
      return;
    }
    const { port, openToNetwork } = wish;
    const started = await this.#start({ host: openToNetwork ? everywhere : onlyHere, port });
    if (started.ok) {
      this.#running = started.value;
      this.#set({ phase: 'running', port, addresses: openToNetwork ? this.#addresses(port) : [] });
    } else if (started.error.code === 'SERVER_PORT_IN_USE') {
      this.#set({ phase: 'shared', port });
    } else {
      this.#logger.warn('own server not started', { cause: started.error.message });
      this.#set({ phase: 'failed', reason: started.error.code });
    }
  }

  #set(state: OwnServerState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) {
      return;
    }
    this.#state = state;
    this.#logger.info(`own server ${state.phase}`);
    this.#events.emit('state', state);
  }
}
