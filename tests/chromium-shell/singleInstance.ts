import type { FSWatcher } from 'node:fs';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

export interface SecondInstance {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly additionalData: unknown;
}

/**
 * One running instance per data folder. The lock is a file that names a process and its start time, so
 * that one left behind by a kill, even with its number reused, does not lock the folder for ever. A second
 * instance leaves a note in a folder that the first one watches: `requestSingleInstanceLock` is
 * synchronous, so is all of this.
 */
export class SingleInstance {
  readonly #onSecond: (second: SecondInstance) => void;
  #held: { readonly lock: string; readonly watcher: FSWatcher } | undefined;

  constructor(onSecond: (second: SecondInstance) => void) {
    this.#onSecond = onSecond;
  }

  /** True when this process holds the lock of `folder`; otherwise the holder has been told. */
  request(folder: string, note: SecondInstance): boolean {
    if (this.#held !== undefined) {
      return true;
    }
    mkdirSync(folder, { recursive: true });
    const lock = join(folder, 'chromium-shell.lock');
    const inbox = join(folder, 'chromium-shell.instances');
    if (!take(lock)) {
      mkdirSync(inbox, { recursive: true });
      const name = randomUUID();
      writeFileSync(join(inbox, `${name}.part`), JSON.stringify(note));
      renameSync(join(inbox, `${name}.part`), join(inbox, `${name}.json`));
      return false;
    }
    rmSync(inbox, { recursive: true, force: true });
    mkdirSync(inbox, { recursive: true });
    this.#held = { lock, watcher: watch(inbox, () => this.#read(inbox)) };
    return true;
  }

  isHeld(): boolean {
    return this.#held !== undefined;
  }

  release(): void {
    if (this.#held !== undefined) {
      this.#held.watcher.close();
      rmSync(this.#held.lock, { force: true });
      this.#held = undefined;
    }
  }

  #read(inbox: string): void {
    for (const name of readdirSync(inbox).filter((file) => file.endsWith('.json'))) {
      const path = join(inbox, name);
      try {
        const note = JSON.parse(readFileSync(path, 'utf8')) as SecondInstance;
        unlinkSync(path);
        this.#onSecond(note);
      } catch (error) {
        process.stderr.write(`chromium-shell: unreadable note of a second instance: ${String(error)}\n`);
      }
    }
  }
}

function take(lock: string): boolean {
  const mine = `${process.pid} ${startTime(process.pid)}`;
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        linkSync(draft, lock);
        return true;
      } catch {
        if (isAlive(lock)) {
          return false;
        }
        rmSync(lock, { force: true });
      }
    }
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isAlive(lock: string): boolean {
  try {
    const [pid, started] = readFileSync(lock, 'utf8').split(' ');
    process.kill(Number(pid), 0);
    return startTime(Number(pid)) === started;
  } catch {
    return false;
  }
}

/** Field 22 of /proc/PID/stat (proc(5)): clock ticks after boot; empty where there is no /proc. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
