import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCommand } from '../../scripts/support/packages.ts';
import { freePort } from './freePort.ts';

/** The binary; installed where that needs no question. REDIS_SERVER: the path of another one. */
const redisBinary = (): string => process.env.REDIS_SERVER ?? ensureCommand('redis-server', 'redis-server');

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A real Redis on a free port of this machine that keeps nothing. */
export class RedisServer {
  readonly url: string;
  readonly #port: number;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#directory = mkdtempSync(join(tmpdir(), 'peerline-redis-'));
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  /** Starts it, or starts it again on the same port, empty. */
  async start(): Promise<void> {
    const settings = {
      port: this.#port,
      bind: '127.0.0.1',
      save: '',
      appendonly: 'no',
      dir: this.#directory,
    };
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
    const child = spawn(redisBinary(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    const ready = new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => {
        if (text.includes('Ready to accept connections')) {
          resolve();
        }
      });
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code ?? 'a signal'}`)));
    });
    await ready;
    if (!(await answers(this.#port))) {
      throw new Error('redis-server does not answer');
    }
  }

  /** Answers nobody, with its connections open, until it is told to go on. */
  hang(on: boolean): void {
    this.#process?.kill(on ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Ends it as a crash does; idempotent. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child !== undefined) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
