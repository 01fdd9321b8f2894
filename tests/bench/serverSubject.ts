import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { SignalingServer } from '#server/SignalingServer.ts';
import { createLogger } from '#shared/logging.ts';

/**
 * One signaling server in a process of its own: `node --expose-gc serverSubject.ts SUBJECT`. Says its port
 * over IPC, then answers every message with what the process has used.
 */
export interface SubjectReport {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

const manyConnections = 10_000;

/** Peerline's own server; limits raised, nothing switched off. */
async function startPeerline(): Promise<number> {
  const logger = createLogger({ name: 'bench', sink: () => undefined });
  const limits = {
    connections: manyConnections,
    connectionsPerAddress: manyConnections,
    unauthenticated: manyConnections,
    loginBurst: manyConnections,
    messagesPerSecond: 100_000,
    burst: 100_000,
  };
  const server = new SignalingServer({ port: 0, logger, limits });
  const started = await server.start();
  if (!started.ok) {
    throw new Error(started.error.message);
  }
  return started.value.port;
}

/** The least that a relay must do: parse, stamp the sender, serialise, forward. No login, no receipts, no limits. */
async function startBareRelay(): Promise<number> {
  const sockets = new Map<string, WebSocket>();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket, request) => {
    const id = request.url?.slice(1) ?? '';
    sockets.set(id, socket);
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as { to: string; from?: string };
      message.from = id;
      sockets.get(message.to)?.send(JSON.stringify(message));
    });
    socket.on('close', () => sockets.delete(id));
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

/** PeerServer as its own documentation starts it. */
async function startPeerServer(): Promise<number> {
  // Its type declarations need Express' own; a require stays untyped and small.
  const { PeerServer } = createRequire(import.meta.url)('peer') as {
    PeerServer: (options: object, listening: (server: { address(): AddressInfo }) => void) => unknown;
  };
  return new Promise((resolve) => {
    PeerServer({ port: 0, host: '127.0.0.1', path: '/', concurrent_limit: manyConnections }, (server) =>
      resolve(server.address().port),
    );
  });
}

const starters: Readonly<Record<string, () => Promise<number>>> = {
  peerline: startPeerline,
  ws: startBareRelay,
  peerserver: startPeerServer,
};

const nextTurn = async (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** `memory` collects garbage first; `cpu` must not, or the figure would pay for it. */
export type SubjectQuestion = 'cpu' | 'memory';

async function report(question: SubjectQuestion): Promise<SubjectReport> {
  for (let round = 0; question === 'memory' && round < 3; round++) {
    globalThis.gc?.();
    await nextTurn();
  }
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage.rss() };
}

const start = starters[process.argv[2] ?? ''];
if (start === undefined) {
  throw new Error(`no such subject: ${process.argv[2] ?? ''}`);
}
const port = await start();
process.on('message', (question) => {
  void report(question as SubjectQuestion).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port });
