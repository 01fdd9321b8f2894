import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Namespaces } from './Namespaces.ts';
import { probes, type Observation, type SelectedPath } from './observe.ts';
import type { Side } from './World.ts';

type Wish =
  | { readonly type: 'open'; readonly folder: string; readonly server: string }
  | { readonly type: 'addContact'; readonly id: string; readonly name: string }
  | { readonly type: 'dial'; readonly id: string }
  | { readonly type: 'evaluate'; readonly expression: string }
  | { readonly type: 'ready' | 'waitForRinging' | 'accept' | 'hangUp' | 'close' | 'output' };

export type PeerCommand = Wish & { readonly ref: number };

export type PeerAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string };

const PROGRAM = join(import.meta.dirname, 'peer.ts');

/** The computer of one side, from outside of its namespace: the channel of its process leads across. */
export class PeerComputer {
  readonly side: Side;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: PeerAnswer) => void>();
  #next = 1;

  constructor(options: { readonly side: Side; readonly namespaces: Namespaces; readonly browser: string }) {
    this.side = options.side;
    const [command, args] = options.namespaces.inside(options.side, process.execPath, [PROGRAM]);
    this.#process = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, PEERLINE_BROWSER: options.browser },
    });
    this.#process.on('message', (answer: PeerAnswer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#process.once('exit', () => {
      for (const [id, settle] of this.#waiting) {
        settle({ id, ok: false, message: 'the computer is gone' });
      }
      this.#waiting.clear();
    });
  }

  async ask(wish: Wish): Promise<unknown> {
    const ref = this.#next;
    this.#next += 1;
    const answer = await new Promise<PeerAnswer>((resolve) => {
      this.#waiting.set(ref, resolve);
      const command: PeerCommand = { ...wish, ref };
      this.#process.send(command, (error) => {
        if (error !== null) {
          resolve({ id: ref, ok: false, message: error.message });
        }
      });
    });
    if (!answer.ok) {
      throw new Error(`${this.side}, ${wish.type}: ${answer.message}`);
    }
    return answer.value;
  }

  async observation(): Promise<Observation> {
    return (await this.ask({ type: 'evaluate', expression: probes.state })) as Observation;
  }

  async path(): Promise<SelectedPath | null> {
    return (await this.ask({ type: 'evaluate', expression: probes.path })) as SelectedPath | null;
  }

  async forget(): Promise<void> {
    await this.ask({ type: 'evaluate', expression: probes.forget });
  }

  /** Its processes go with it. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, 'exit');
      this.#process.disconnect();
      await exit;
    }
  }
}
