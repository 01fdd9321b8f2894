import type { ChildProcess } from 'node:child_process';
import type { BrowserFacts } from '#tests/chromium-shell/chromiumHost.ts';
import type { ControlMessage, ControlRequest } from '#tests/chromium-shell/control.ts';
import type { Exit } from './Launcher.ts';

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The chromium-shell process as its launcher sees it: output, news and questions. */
export class ShellProcess {
  readonly exited: Promise<Exit>;
  readonly browser: Promise<BrowserFacts>;
  /** Target ids of the windows, oldest first. */
  readonly targets = new Map<number, string>();
  #child: ChildProcess;
  #output = '';
  #facts: BrowserFacts | undefined;
  #relaunch: readonly string[] | undefined;
  #onWindow: () => void = () => undefined;
  readonly #waiting = new Map<number, Waiter>();
  #nextId = 1;

  constructor(child: ChildProcess) {
    this.#child = child;
    const browser = Promise.withResolvers<BrowserFacts>();
    this.browser = browser.promise;
    this.browser.catch(() => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
    this.exited = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    void this.exited.then(({ code, signal }) => {
      const error = new Error(`the app exited (${signal ?? `code ${code ?? '?'}`})\n${this.#output}`);
      browser.reject(error);
      for (const { reject } of this.#waiting.values()) {
        reject(error);
      }
      this.#waiting.clear();
    });
    child.on('message', (message) => this.#onMessage(message as ControlMessage, browser.resolve));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get browserPid(): number | undefined {
    return this.#facts?.pid;
  }

  /** The arguments with which the app wants to be started again once it has ended. */
  get relaunchArgs(): readonly string[] | undefined {
    return this.#relaunch;
  }

  output(): string {
    return this.#output;
  }

  /** Calls `listener` after every new window. */
  onWindow(listener: () => void): void {
    this.#onWindow = listener;
  }

  async ask(method: ControlRequest['method'], argument?: unknown): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const request: ControlRequest = { id, method, argument };
      this.#child.send(request, (error) => {
        if (error !== null) {
          this.#waiting.delete(id);
          reject(new Error(`the app has exited\n${this.#output}`, { cause: error }));
        }
      });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #onMessage(message: ControlMessage, onBrowser: (facts: BrowserFacts) => void): void {
    switch (message.type) {
      case 'browser':
        this.#facts = message.facts;
        onBrowser(message.facts);
        break;
      case 'window':
        this.targets.set(message.id, message.targetId);
        this.#onWindow();
        break;
      case 'relaunch':
        this.#relaunch = message.appArgs;
        break;
      case 'answer':
        this.#waiting.get(message.id)?.resolve(message.value);
        this.#waiting.delete(message.id);
        break;
      case 'failure':
        this.#waiting.get(message.id)?.reject(new Error(message.message));
        this.#waiting.delete(message.id);
        break;
    }
  }
}
