import { once } from 'node:events';
import { WebSocket } from 'ws';
import { ProtocolClient } from '#tests/support/protocolClient.ts';

/** A connected client of some server, reduced to what the load needs. */
export interface LoadClient {
  readonly id: string;
  readonly socket: WebSocket;
  /** The text of a frame that takes a 3 KB message to `to`. */
  frameFor(to: string): string;
  /** Whether a frame from the server brings a message; answers it as the protocol demands. */
  takes(frame: Buffer): boolean;
}

export type Connect = (port: number, index: number) => Promise<LoadClient>;

/** About what an SDP offer of audio and video has after sealing, characters. */
const messageChars = 3_000;
const payload = 'Ab3_'.repeat(messageChars / 4);

/** As docs/protocol.md asks: one acknowledgement for what came within 50 ms, or for 32. */
const ackDelayMs = 50;
const ackEvery = 32;

async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

const connectPeerline: Connect = async (port) => {
  const client = await ProtocolClient.login(`ws://127.0.0.1:${port}`);
  client.socket.removeAllListeners('message');
  let ref = 0;
  let unacknowledged = 0;
  let last: Buffer = Buffer.alloc(0);
  const acknowledge = (): void => {
    if (unacknowledged > 0) {
      unacknowledged = 0;
      const { seq } = JSON.parse(last.toString()) as { seq: number };
      client.socket.send(`{"type":"ack","seq":${seq}}`);
    }
  };
  const isDelivery = Buffer.from('{"type":"deliver"');
  return {
    id: client.id,
    socket: client.socket,
    frameFor: (to) =>
      `{"type":"send","ref":"${(ref++).toString(36)}","to":"${to}","ttl":30,"box":"${payload}"}`,
    takes: (frame) => {
      if (frame.compare(isDelivery, 0, isDelivery.length, 0, isDelivery.length) !== 0) {
        return false;
      }
      last = frame;
      unacknowledged++;
      if (unacknowledged === 1) {
        setTimeout(acknowledge, ackDelayMs);
      } else if (unacknowledged === ackEvery) {
        acknowledge();
      }
      return true;
    },
  };
};

const connectBare: Connect = async (port, index) => {
  const id = `client-${index}`;
  const socket = await openSocket(`ws://127.0.0.1:${port}/${id}`);
  return {
    id,
    socket,
    frameFor: (to) => `{"type":"OFFER","to":"${to}","box":"${payload}"}`,
    takes: () => true,
  };
};

const connectPeerServer: Connect = async (port, index) => {
  const id = `client-${index}`;
  const socket = await openSocket(`ws://127.0.0.1:${port}/peerjs?key=peerjs&id=${id}&token=t${index}`);
  return {
    id,
    socket,
    frameFor: (to) => `{"type":"OFFER","dst":"${to}","payload":{"sdp":"${payload}"}}`,
    takes: (frame) => frame.includes('"OFFER"'),
  };
};

export const connectors: Readonly<Record<string, Connect>> = {
  peerline: connectPeerline,
  ws: connectBare,
  peerserver: connectPeerServer,
};

/** Opens `count` clients, some at a time, so that no server is asked for more than a start-up crowd. */
export async function connectMany(connect: Connect, port: number, count: number): Promise<LoadClient[]> {
  const clients: LoadClient[] = [];
  const atOnce = 50;
  for (let start = 0; start < count; start += atOnce) {
    const size = Math.min(atOnce, count - start);
    const batch = Array.from({ length: size }, async (_, index) => connect(port, start + index));
    clients.push(...(await Promise.all(batch)));
  }
  return clients;
}

/** Neighbours send to each other in a closed loop: each answers a message with a message. */
export class ClosedLoop {
  readonly #clients: readonly LoadClient[];
  #running = false;
  /** Messages that arrived so far. */
  delivered = 0;

  constructor(clients: readonly LoadClient[]) {
    this.#clients = clients;
  }

  start(): void {
    this.#running = true;
    this.#clients.forEach((client, index) => {
      const partner = this.#clients[index ^ 1];
      if (partner === undefined) {
        return;
      }
      client.socket.on('message', (frame) => {
        if (client.takes(frame as Buffer)) {
          this.delivered++;
          if (this.#running) {
            client.socket.send(client.frameFor(partner.id));
          }
        }
      });
      client.socket.send(client.frameFor(partner.id));
    });
  }

  stop(): void {
    this.#running = false;
  }
}
