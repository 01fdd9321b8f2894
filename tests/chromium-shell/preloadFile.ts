import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { NotImplementedError } from './notImplemented.ts';
import type { PreloadSettings } from './page/preload.ts';

/** What the window's preload is, checked: a syntax error would take the page's other scripts with it. */
export function readPreload(
  preferences: Electron.WebPreferences,
  deliver: string,
): { source: string; settings: PreloadSettings } | undefined {
  const { preload, sandbox, contextIsolation, nodeIntegration, partition } = preferences;
  if (
    sandbox === false ||
    contextIsolation === false ||
    nodeIntegration === true ||
    partition !== undefined
  ) {
    throw new NotImplementedError('a window without sandbox and context isolation, or with a partition');
  }
  if (preload === undefined) {
    return undefined;
  }
  const source = readFileSync(preload, 'utf8');
  new Script(`(function (require, module, exports, process) {\n${source}\n})`, { filename: preload });
  const { platform, arch, versions } = process;
  const argv = [process.execPath, ...(preferences.additionalArguments ?? [])];
  // Electron's additions (main.ts) included.
  const known = { ...versions } as Record<string, string>;
  return { source, settings: { deliver, platform, arch, argv, versions: known } };
}
