import { execFileSync } from 'node:child_process';
import { isAlive } from '#tests/support/launch/processes.ts';

/** Runs a command of the system to its end, with `input` as its standard input; throws with what it complained of. */
function run(command: string, args: readonly string[], input = ''): string {
  return execFileSync(command, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Namespaces of one laboratory begin with this and the id of its process. */
const PREFIX = 'peerline-lab-';

const listed = (): readonly string[] =>
  run('ip', ['netns', 'list'])
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith(PREFIX));

/** Ends every process inside of it and takes it away; what is gone already is fine. */
function remove(namespace: string): void {
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch {
      // Gone already.
    }
  };
  attempt(() => {
    for (const pid of run('ip', ['netns', 'pids', namespace]).split('\n').filter(Boolean)) {
      attempt(() => process.kill(Number(pid), 'SIGKILL'));
    }
  });
  attempt(() => run('ip', ['netns', 'delete', namespace]));
}

/** Why there can be no laboratory here, in one sentence; undefined where there can. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'The laboratory makes network namespaces, which only root on Linux may.';
  }
  const trial = `${PREFIX}${process.pid}-trial`;
  try {
    run('ip', ['netns', 'add', trial]);
    return undefined;
  } catch {
    return 'The laboratory makes network namespaces, and this system does not let it (a container without CAP_SYS_ADMIN?).';
  } finally {
    remove(trial);
  }
}

/** Network namespaces of this process, by the role of what is in them. */
export class Namespaces {
  readonly #made = new Set<string>();

  /** Takes away what a laboratory that was killed has left. */
  static removeLeftovers(): void {
    for (const name of listed()) {
      const pid = Number(name.slice(PREFIX.length).split('-')[0]);
      if (!isAlive(pid)) {
        remove(name);
      }
    }
  }

  /** The full name that the system knows it by. */
  name(role: string): string {
    return `${PREFIX}${process.pid}-${role}`;
  }

  add(role: string): void {
    const name = this.name(role);
    run('ip', ['netns', 'add', name]);
    this.#made.add(name);
    this.ip(role, ['link set lo up']);
    // A new IPv6 address would be of no use for a second or two, until it is known to be nobody else's.
    this.exec(role, 'sysctl', [
      '-qw',
      'net.ipv6.conf.all.accept_dad=0',
      'net.ipv6.conf.default.accept_dad=0',
    ]);
  }

  /** A cable from an interface in one namespace to one in another. */
  connect(near: readonly [role: string, device: string], far: readonly [role: string, device: string]): void {
    const end = ([role, device]: readonly [string, string]) => [device, 'netns', this.name(role)];
    run('ip', ['link', 'add', ...end(near), 'type', 'veth', 'peer', 'name', ...end(far)]);
  }

  /** Commands of `ip` inside of a namespace. */
  ip(role: string, commands: readonly string[]): void {
    run('ip', ['-n', this.name(role), '-batch', '-'], `${commands.join('\n')}\n`);
  }

  /** Replaces all packet rules of a namespace. */
  nft(role: string, rules: string): void {
    this.exec(role, 'nft', ['-f', '-'], `flush ruleset\n${rules}\n`);
  }

  exec(role: string, command: string, args: readonly string[], input = ''): string {
    return run('ip', ['netns', 'exec', this.name(role), command, ...args], input);
  }

  /** Command and arguments that start a program inside. */
  inside(role: string, command: string, args: readonly string[]): readonly [string, readonly string[]] {
    return ['ip', ['netns', 'exec', this.name(role), command, ...args]];
  }

  /** Ends everything inside of them, and them; idempotent. */
  remove(): void {
    for (const name of this.#made) {
      remove(name);
    }
    this.#made.clear();
  }
}
