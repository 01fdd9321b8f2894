import { SignalingServer, type SignalingServerOptions } from '#server/SignalingServer.ts';
import { FakeClock } from './FakeClock.ts';
import { ProtocolClient, type LoginOptions } from './protocolClient.ts';
import { testLogger } from './testLogger.ts';

/** A real server on a free port of this machine, with time in the test's hand; receipts are written at once. */
export class TestServer {
  readonly clock = new FakeClock();
  readonly log = testLogger();
  readonly server: SignalingServer;
  readonly #clients: ProtocolClient[] = [];
  #port = 0;

  private constructor(options: Partial<SignalingServerOptions>) {
    this.server = new SignalingServer({
      logger: this.log.logger,
      port: 0,
      clock: this.clock,
      ...options,
      limits: { receiptDelayMs: 0, mailDelayMs: 0, ...options.limits },
    });
  }

  static async start(options: Partial<SignalingServerOptions> = {}): Promise<TestServer> {
    const test = new TestServer(options);
    const started = await test.server.start();
    if (!started.ok) {
      throw new Error(started.error.message);
    }
    test.#port = started.value.port;
    return test;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** A client that has not said hello yet. */
  client(options: ConstructorParameters<typeof ProtocolClient>[1] = {}): ProtocolClient {
    const client = new ProtocolClient(this.url, options);
    this.#clients.push(client);
    return client;
  }

  async login(
    options: LoginOptions & ConstructorParameters<typeof ProtocolClient>[1] = {},
  ): Promise<ProtocolClient> {
    const client = this.client(options);
    await client.login(options);
    return client;
  }

  /** Waits until the server has noticed that a socket is gone. */
  async noticed(connections: number): Promise<void> {
    while (this.server.stats.connections !== connections) {
      await this.clock.flush();
    }
  }

  /** Ends the server, and the clients that are left. */
  async stop(): Promise<void> {
    await this.server.close();
    for (const { socket } of this.#clients) {
      socket.terminate();
    }
  }
}
