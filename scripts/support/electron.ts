import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));

/** A download that has not ended by then counts as impossible. */
const DOWNLOAD_LIMIT_MS = 15 * 60_000;

/** Electron's executable, if it has been downloaded. */
export function electronBinary(): string | undefined {
  const pathFile = join(folder, 'path.txt');
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : undefined;
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const binary = dist === undefined ? name && join(folder, 'dist', name) : join(dist, name ?? 'electron');
  return binary !== undefined && existsSync(binary) ? binary : undefined;
}

/** The executable, downloaded first where it is missing; undefined where the download fails. */
export function ensureElectron(): string | undefined {
  const present = electronBinary();
  if (present !== undefined) {
    return present;
  }
  spawnSync(process.execPath, [join(folder, 'install.js')], { stdio: 'ignore', timeout: DOWNLOAD_LIMIT_MS });
  return electronBinary();
}
