import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../freePort.ts';

const program = join(import.meta.dirname, '../../../src/server/index.ts');

/** The signaling server as `npm run server` starts it: a process that a test can kill and start again. */
export class ServerProcess {
  readonly port: number;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  /** A running server on a free port of 127.0.0.1. */
  static async start(args: readonly string[] = []): Promise<ServerProcess> {
    const server = new ServerProcess(await freePort(), args);
    await server.start();
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Starts (again) on the same port and resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(
      process.execPath,
      [program, '--host', '127.0.0.1', '--port', String(this.port), '--metrics-port', 'off', ...this.#args],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#process = child;
    const exited = once(child, 'exit').then(() => {
      throw new Error('the signaling server ended before it listened');
    });
    const listening = (async () => {
      for await (const chunk of child.stdout) {
        if (String(chunk).includes('listening')) {
          return;
        }
      }
    })();
    await Promise.race([listening, exited]);
    exited.catch(() => undefined);
    child.stdout.resume();
  }

  /** SIGKILL: no close frames, as in a crash. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode === null) {
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    }
  }
}
