import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** User and system time, in ticks of the kernel. */
  readonly ticks: number;
}

let perSecond: number | undefined;

/** Ticks of the kernel in a second (`sysconf(_SC_CLK_TCK)`), 100 almost everywhere. */
function ticksPerSecond(): number {
  perSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return perSecond;
}

/** `/proc/PID/stat` (proc_pid_stat(5)): the name of the program stands in brackets and may hold anything. */
function readTimes(pid: number): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    // It has ended since the folder was read.
    return undefined;
  }
}

/** Processor seconds that all living processes below `root` have taken so far, without `root` itself. Linux only. */
export function cpuSecondsBelow(root: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readTimes(Number(name)) ?? []);
  const children = Map.groupBy(all, ({ parent }) => parent);
  const below = (pid: number): number =>
    (children.get(pid) ?? []).reduce((sum, child) => sum + child.ticks + below(child.pid), 0);
  return below(root) / ticksPerSecond();
}
