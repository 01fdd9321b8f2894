import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type Server as SocketServer, type WebSocket } from 'ws';
import type { Clock } from '#shared/clock.ts';
import { closeCodes, type CloseReason } from '#shared/protocol/closeCodes.ts';
import { subprotocol } from '#shared/protocol/version.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { addressKey, clientAddress, plainAddress } from './clientAddress.ts';
import type { ServerLimits } from './limits.ts';
import { ServerSocket } from './ServerSocket.ts';
import type { ServerStats } from './stats.ts';

export interface TlsIdentity {
  /** PEM, with intermediate certificates. */
  readonly cert: string | Buffer;
  /** PEM. */
  readonly key: string | Buffer;
}

export interface AcceptedSocket {
  readonly socket: ServerSocket;
  readonly stream: Duplex;
  readonly address: string;
  readonly localAddress: string;
  /** Given back with `release` when the socket is gone. */
  readonly slot: AddressSlot;
}

/** The open connections of one address. */
export interface AddressSlot {
  readonly key: string;
  count: number;
  /** Those of them that have not logged in. */
  unauthenticated: number;
}

/** Sockets that are not accepted (TLS, HTTP headers, refusals), beyond those that are. */
const uncountedSockets = 256;

/** Those of one address. */
const uncountedPerAddress = 32;

/** The part of all places for connections without a login that one address may take. */
const unauthenticatedShare = 1 / 4;

/**
 * Node keeps what it once found out about the ends of a socket, some 200 bytes for as long as the socket is open,
 * and finds it out again where it is missing. An embedder's stream, or another Node, may have no such fields.
 */
function forgetAddresses(socket: Duplex): void {
  for (const field of ['_peername', '_sockname']) {
    if (field in socket) {
      Reflect.set(socket, field, null);
    }
  }
}

/** HTTP up to the WebSocket: who may connect, how many, and in which version of the protocol. */
export class Listener {
  readonly #host: string;
  readonly #port: number;
  readonly #trustProxy: boolean;
  readonly #limits: ServerLimits;
  readonly #stats: ServerStats;
  readonly #clock: Clock;
  readonly #accept: (accepted: AcceptedSocket) => void;
  readonly #http: Server;
  readonly #webSockets: SocketServer<typeof ServerSocket>;
  readonly #perAddress = new Map<string, AddressSlot>();
  /** TCP connections per address that are not accepted, whether they speak or not. With TLS: all. */
  readonly #strangers = new Map<string, number>();
  /** Takes a TCP connection out of that count. */
  readonly #forgetStranger = new WeakMap<Duplex, () => void>();
  readonly #refused = new Set<WebSocket>();

  constructor(options: {
    readonly host: string;
    readonly port: number;
    readonly tls: TlsIdentity | undefined;
    readonly trustProxy: boolean;
    readonly limits: ServerLimits;
    readonly stats: ServerStats;
    readonly clock: Clock;
    readonly accept: (accepted: AcceptedSocket) => void;
  }) {
    this.#host = options.host;
    this.#port = options.port;
    this.#trustProxy = options.trustProxy;
    this.#limits = options.limits;
    this.#stats = options.stats;
    this.#clock = options.clock;
    this.#accept = options.accept;
    const timeouts = {
      headersTimeout: options.limits.handshakeMs,
      requestTimeout: options.limits.handshakeMs,
      connectionsCheckingInterval: options.limits.sweepMs,
    };
    this.#http =
      options.tls === undefined
        ? createServer(timeouts)
        : createTlsServer({ ...timeouts, ...options.tls, handshakeTimeout: options.limits.handshakeMs });
    this.#http.maxConnections =
      options.limits.connections + options.limits.unauthenticated + uncountedSockets;
    // Behind a proxy all of them are the proxy's; it has limits of its own.
    if (!options.trustProxy) {
      this.#http.on('connection', (socket) => this.#countStranger(socket));
    }
    this.#http.on('request', (_request, response) => {
      response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end('WebSocket only\n');
    });
    this.#http.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      WebSocket: ServerSocket,
      maxPayload: options.limits.frameBytes,
      // The codec decodes strictly and says `badFrame`; checking twice would be for nothing.
      skipUTF8Validation: true,
      // Even a client of another version must be able to read the close code that says so.
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : ([...offered][0] ?? false)),
    });
  }

  async listen(): Promise<Result<{ readonly port: number }>> {
    return new Promise((resolve) => {
      const failed = (error: NodeJS.ErrnoException): void => {
        const inUse = error.code === 'EADDRINUSE';
        resolve(
          fail(
            inUse ? 'SERVER_PORT_IN_USE' : 'SERVER_START_FAILED',
            `cannot listen: ${error.code ?? 'error'}`,
          ),
        );
      };
      this.#http.once('error', failed);
      this.#http.listen(this.#port, this.#host, () => {
        this.#http.off('error', failed);
        this.#http.on('error', () => undefined);
        resolve(ok({ port: (this.#http.address() as AddressInfo).port }));
      });
    });
  }

  release(slot: AddressSlot): void {
    slot.count--;
    if (slot.count === 0) {
      this.#perAddress.delete(slot.key);
    }
  }

  /** Accepts nobody from now on; sockets that were accepted stay. */
  stop(): void {
    this.#http.close();
    this.#http.closeIdleConnections();
  }

  /** Ends what `stop` left: requests under way and refused sockets. */
  close(): void {
    this.#http.closeAllConnections();
    for (const socket of this.#refused) {
      socket.terminate();
    }
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const forwarded = request.headers['x-forwarded-for'];
    const address = clientAddress({
      remoteAddress: request.socket.remoteAddress,
      forwardedFor: Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
      trustProxy: this.#trustProxy,
    });
    const localAddress = plainAddress(request.socket.localAddress ?? '');
    this.#webSockets.handleUpgrade(request, stream, head, (socket) => {
      forgetAddresses(request.socket);
      const key = addressKey(address);
      const slot = this.#perAddress.get(key) ?? { key, count: 0, unauthenticated: 0 };
      if (socket.protocol !== subprotocol) {
        this.#refuse(socket, 'versionUnsupported');
      } else if (!this.#hasRoom(slot)) {
        this.#refuse(socket, 'tooManyConnections');
      } else {
        slot.count++;
        slot.unauthenticated++;
        this.#perAddress.set(key, slot);
        this.#forgetStranger.get(stream)?.();
        this.#accept({ socket, stream, address, localAddress, slot });
      }
    });
  }

  #hasRoom(slot: AddressSlot): boolean {
    const { connections, unauthenticated } = this.#stats;
    return (
      slot.count < this.#limits.connectionsPerAddress &&
      slot.unauthenticated < Math.ceil(this.#limits.unauthenticated * unauthenticatedShare) &&
      connections < this.#limits.connections &&
      unauthenticated < this.#limits.unauthenticated
    );
  }

  /** A socket that never says a word takes a place too. */
  #countStranger(socket: Socket): void {
    const key = addressKey(plainAddress(socket.remoteAddress ?? ''));
    const before = this.#strangers.get(key) ?? 0;
    if (before >= this.#limits.connectionsPerAddress + uncountedPerAddress) {
      socket.destroy();
      return;
    }
    this.#strangers.set(key, before + 1);
    const forget = (): void => {
      socket.off('close', forget);
      this.#forgetStranger.delete(socket);
      const left = (this.#strangers.get(key) ?? 1) - 1;
      if (left > 0) {
        this.#strangers.set(key, left);
      } else {
        this.#strangers.delete(key);
      }
    };
    socket.on('close', forget);
    this.#forgetStranger.set(socket, forget);
  }

  #refuse(socket: WebSocket, reason: CloseReason): void {
    this.#stats.closes[reason]++;
    this.#refused.add(socket);
    const cancel = this.#clock.after(this.#limits.closeGraceMs, () => socket.terminate());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#refused.delete(socket);
      cancel();
    });
    socket.close(closeCodes[reason].code, reason);
  }
}
