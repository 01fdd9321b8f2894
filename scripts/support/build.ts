import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What `out/` is made from. */
const SOURCES = ['src', 'resources', 'package.json', 'package-lock.json', 'electron.vite.config.ts'];

const BUILT = ['out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html'];

/** Milliseconds since 1970 of the last change below `path`; 0 where there is nothing. */
function newest(path: string): number {
  if (!existsSync(path)) {
    return 0;
  }
  const own = statSync(path);
  return own.isDirectory()
    ? readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0)
    : own.mtimeMs;
}

function isCurrent(): boolean {
  const built = BUILT.map((path) => join(root, path));
  if (!built.every(existsSync)) {
    return false;
  }
  const oldest = Math.min(...built.map((path) => statSync(path).mtimeMs));
  return Math.max(...SOURCES.map((path) => newest(join(root, path)))) <= oldest;
}

/** Builds the app where `out/` is missing or older than its sources; throws when that fails. */
export function ensureBuilt(): void {
  if (isCurrent()) {
    return;
  }
  console.log('Building Peerline...');
  const cli = join(
    dirname(createRequire(import.meta.url).resolve('electron-vite/package.json')),
    'bin',
    'electron-vite.js',
  );
  const { status } = spawnSync(process.execPath, [cli, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    throw new Error('The build has failed; the reason stands above.');
  }
}
