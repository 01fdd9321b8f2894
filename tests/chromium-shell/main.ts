/**
 * Runs a built Electron app against an installed Chrome or Chromium (design: two launchers behind one
 * interface). `node tests/chromium-shell/main.ts --app DIR [--browser PATH] [--headless] [arguments of the app]`
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { ensureBrowser } from '../../scripts/support/browser.ts';
import { serveControl, tell } from './control.ts';
import { createElectron } from './electronModule.ts';
import { answerElectron } from './hooks.ts';
import { readOptions } from './options.ts';

/** Top-level awaits delay `ready`, so that one that waits for `ready` waits for ever; Electron hangs the same way. */
const EVALUATION_WARNING_MS = 10_000;

const options = readOptions(process.argv.slice(2), process.env);
const browser = options.browser ?? (await ensureBrowser());
const shell = createElectron({
  options,
  browser,
  onBrowser: (facts) => {
    tell({ type: 'browser', facts });
    if (options.portFile !== undefined) {
      writeFileSync(options.portFile, JSON.stringify(facts));
    }
  },
  onWindow: (id, targetId) => tell({ type: 'window', id, targetId }),
  onRelaunch: (appArgs) => {
    if (process.send !== undefined) {
      tell({ type: 'relaunch', appArgs });
      return;
    }
    // Nobody follows: the next instance starts when this one has gone.
    process.once('exit', () => {
      const own = [
        '--app',
        options.appDir,
        '--browser',
        browser,
        ...(options.headless ? ['--headless'] : []),
      ];
      spawn(process.execPath, [import.meta.filename, ...own, ...appArgs], {
        detached: true,
        stdio: 'inherit',
      }).unref();
    });
  },
});
pretendElectron();
answerElectron(shell.electron);
serveControl(shell);

const fail = (error: unknown): void => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  shell.app.exit(1);
};
// Whoever read our output is gone; saying so would only fail again, for ever.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
// A test runner that was killed takes its apps with it.
process.on('disconnect', () => shell.app.quit());
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => shell.app.quit());
}

const slow = setTimeout(() => {
  process.stderr.write('chromium-shell: the main bundle is still evaluating; `ready` comes only after it\n');
}, EVALUATION_WARNING_MS);
try {
  await import(pathToFileURL(shell.app.mainFile).href);
  shell.app.announceReady();
} catch (error) {
  fail(error);
} finally {
  clearTimeout(slow);
}

/** What Electron's main process has in `process` that Node has not. */
function pretendElectron(): void {
  const { version } = createRequire(import.meta.url)('electron/package.json') as { version: string };
  const versions = { ...process.versions, electron: version, chrome: 'chromium-shell' };
  Object.defineProperty(process, 'versions', { value: versions });
  Object.defineProperty(process, 'type', { value: 'browser' });
  Object.defineProperty(process, 'defaultApp', { value: true });
  Object.defineProperty(process, 'resourcesPath', { value: options.appDir });
  process.argv = [process.execPath, options.appDir, ...options.appArgs];
}
