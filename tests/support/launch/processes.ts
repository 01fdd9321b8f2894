import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** A graceful end that takes longer is taken for a hang. */
const GRACE_MS = 10_000;
const POLL_MS = 20;

/** Waits for `exited`, and calls `force` when it takes too long. */
export async function endWithin(exited: Promise<unknown>, force: () => Promise<void>): Promise<void> {
  const abort = new AbortController();
  const late = delay(GRACE_MS, 'late' as const, { signal: abort.signal }).catch(() => 'aborted' as const);
  const first = await Promise.race([exited.then(() => 'exited' as const), late]);
  abort.abort();
  if (first === 'late') {
    await force();
  }
}

/**
 * Kills the process `pid` and the browser `browserPid` with all of its children (it leads a group of its
 * own), and waits until they are gone.
 */
export async function killTree(pid: number, browserPid: number | undefined): Promise<void> {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    return;
  }
  signal(pid);
  if (browserPid !== undefined) {
    signal(-browserPid);
    while (isAlive(browserPid)) {
      await delay(POLL_MS);
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
