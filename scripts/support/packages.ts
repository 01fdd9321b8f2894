import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a command is, or undefined; the same rule as the shell's. */
export function findCommand(name: string): string | undefined {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const suffix of suffixes) {
      const file = join(folder, name + suffix);
      if (existsSync(file)) {
        return file;
      }
    }
  }
  return undefined;
}

/** Whether this process may install Debian packages without asking anybody. */
const mayInstall = (): boolean => process.getuid?.() === 0 && findCommand('apt-get') !== undefined;

/** Installs a Debian package where that is possible without asking; false otherwise. */
export function installPackage(debianPackage: string): boolean {
  if (!mayInstall()) {
    return false;
  }
  console.log(`Installing the Debian package ${debianPackage}...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (args: readonly string[]) =>
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
  return run(['update']) && run(['install', '-y', '--no-install-recommends', debianPackage]);
}

/** Makes sure that a command is there; throws with what to install where it cannot be had. */
export function ensureCommand(name: string, debianPackage: string): string {
  const found = findCommand(name) ?? (installPackage(debianPackage) ? findCommand(name) : undefined);
  if (found === undefined) {
    throw new Error(
      `${name} is needed and not installed. Install it (Debian: apt-get install ${debianPackage}).`,
    );
  }
  return found;
}
