import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A server that can be killed and started again in the same place. */
export class Service {
  readonly #command: readonly [string, readonly string[]];
  readonly #saysReady: string;
  readonly #env: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;

  /** `saysReady`: what it writes once it can be used. */
  constructor(options: {
    readonly command: readonly [string, readonly string[]];
    readonly saysReady: string;
    readonly env?: Readonly<Record<string, string>>;
  }) {
    this.#command = options.command;
    this.#saysReady = options.saysReady;
    this.#env = options.env ?? {};
  }

  async start(): Promise<void> {
    const [command, args] = this.#command;
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#env },
    });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let text = '';
      const read = (chunk: Buffer): void => {
        text = `${text}${chunk.toString()}`.slice(-8_192);
        if (text.includes(this.#saysReady)) {
          resolve();
        }
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('error', reject);
      child.once('exit', (code) =>
        reject(new Error(`${args.join(' ')} ended (${code ?? 'killed'})\n${text}`)),
      );
    });
  }

  /** Ends it as a crash does; idempotent. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    // A process that a signal has ended has no code.
    if (child?.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
  }
}
