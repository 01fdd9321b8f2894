import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const howToInstall =
  'redis-server 7 or later is needed for these tests: `apt-get install redis-server` (Debian, Ubuntu), `brew install redis` (macOS), or put its path into REDIS_SERVER.';

const works = (binary: string): boolean => spawnSync(binary, ['--version']).status === 0;

/** The binary; installed where that needs no question, or else a sentence that says how. */
function redisBinary(): string {
  const binary = process.env.REDIS_SERVER ?? 'redis-server';
  if (works(binary)) {
    return binary;
  }
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    });
    if (works(binary)) {
      return binary;
    }
  }
  throw new Error(howToInstall);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

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
