import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { freePort } from '#tests/support/freePort.ts';
import { connectPages, endPages, PagePair, pageHelpers, shownHeights } from './pagePair.ts';
import type { CallSubject, CallTimes } from './subject.ts';

/** PeerJS as its documentation shows it: `call(id, stream)` on one side, `answer(stream)` on the other. */
const script = `
${pageHelpers}
let peer, incoming, connection;
const watch = (mediaConnection) => {
  connection = mediaConnection;
  window.frame = new Promise((resolve) => {
    let seen = false;
    mediaConnection.on('stream', (stream) => { if (!seen) { seen = true; resolve(firstFrame(stream)); } });
  });
};
window.connect = (id, port) => new Promise((resolve, reject) => {
  peer = new Peer(id, { host: '127.0.0.1', port, path: '/', config: { iceServers: [] } });
  peer.on('open', resolve);
  peer.on('error', reject);
  peer.on('call', (call) => { incoming = call; window.rang = now(); });
});
window.dial = async () => {
  const stream = await media;
  const at = now();
  watch(peer.call('callee', stream));
  return at;
};
window.accept = async () => {
  const stream = await media;
  const at = now();
  watch(incoming);
  incoming.answer(stream);
  return at;
};
window.end = () => { connection.close(); window.rang = undefined; clearVideo(); };
`;

const require = createRequire(import.meta.url);

/** Starts PeerServer's own program in a process of its own. */
export class PeerJsSubject implements CallSubject {
  readonly name = 'peerjs';
  /** There is one way of connecting, which both of Peerline's are compared with. */
  readonly kinds = ['fast', 'cold'] as const;
  readonly #executablePath: string;
  #server: ChildProcess | undefined;
  #pair: PagePair | undefined;
  #pages: readonly [Page, Page] | undefined;

  constructor(executablePath: string) {
    this.#executablePath = executablePath;
  }

  async start(): Promise<void> {
    const port = await freePort();
    const program = join(dirname(require.resolve('peer')), 'bin/peerjs.js');
    const server = spawn(process.execPath, [program, '--port', String(port), '--host', '127.0.0.1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#server = server;
    await once(server.stdout, 'data');
    const library = await readFile(join(dirname(require.resolve('peerjs')), 'peerjs.min.js'), 'utf8');
    const pair = new PagePair([library, script]);
    this.#pair = pair;
    this.#pages = await pair.open(this.#executablePath);
    const [caller, callee] = this.#pages;
    await caller.evaluate(`connect('caller', ${port})`);
    await callee.evaluate(`connect('callee', ${port})`);
  }

  async connect(): Promise<CallTimes> {
    if (this.#pages === undefined) {
      throw new Error('not started');
    }
    return connectPages(...this.#pages);
  }

  async pictureHeights(): Promise<readonly number[]> {
    return shownHeights(this.#pages ?? []);
  }

  async end(): Promise<void> {
    await endPages(this.#pages ?? []);
  }

  async stop(): Promise<void> {
    await this.#pair?.close();
    this.#server?.kill();
  }
}
