import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * The network between apps and the signaling server. While it is held nothing gets through and nothing is
 * lost, so that what several apps say in the meantime arrives at one moment.
 */
export class HeldLine {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #held = false;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** `target`: a port of 127.0.0.1, asked for with every connection. */
  static async start(target: () => number): Promise<HeldLine> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const line = new HeldLine(server);
    server.on('connection', (near) => line.#join(near, connect(target(), '127.0.0.1')));
    return line;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  hold(): void {
    this.#held = true;
    this.#sockets.forEach((socket) => socket.pause());
  }

  release(): void {
    this.#held = false;
    this.#sockets.forEach((socket) => socket.resume());
  }

  async close(): Promise<void> {
    this.#sockets.forEach((socket) => socket.destroy());
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket, far: Socket): void {
    const both = [
      { from: near, to: far },
      { from: far, to: near },
    ];
    for (const { from, to } of both) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => to.write(bytes));
      from.once('error', () => to.destroy());
      from.once('close', () => {
        this.#sockets.delete(from);
        // What has come through before the end still arrives.
        to.end();
      });
      if (this.#held) {
        from.pause();
      }
    }
  }
}
