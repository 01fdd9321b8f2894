import type { SignalingClient } from '../signaling/SignalingClient.ts';
import type { EmbeddedServer } from './EmbeddedServer.ts';
import type { ServerChoice } from './serverChoice.ts';

/** Moves the client to the chosen server, and runs our own one exactly while that is it. */
export class ServerSwitch {
  readonly #choose: () => ServerChoice;
  readonly #ownServer: Pick<EmbeddedServer, 'apply'>;
  readonly #client: Pick<SignalingClient, 'setUrl'>;
  #turn = 0;

  constructor(options: {
    /** What the settings ask for now. */
    readonly choose: () => ServerChoice;
    readonly ownServer: Pick<EmbeddedServer, 'apply'>;
    readonly client: Pick<SignalingClient, 'setUrl'>;
  }) {
    this.#choose = options.choose;
    this.#ownServer = options.ownServer;
    this.#client = options.client;
  }

  /** Resolves when this choice, or a later one, is carried out; never fails. */
  async follow(): Promise<void> {
    const turn = ++this.#turn;
    const { url, own } = this.#choose();
    if (own === null) {
      this.#client.setUrl(url);
      await this.#ownServer.apply(null);
      return;
    }
    await this.#ownServer.apply(own);
    // Starting takes its time, and the person may have chosen another server meanwhile.
    if (turn === this.#turn) {
      this.#client.setUrl(url);
    }
  }
}
