import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBrowser } from './support/browser.ts';
import { ensureBuilt } from './support/build.ts';
import { hasDisplay } from './support/display.ts';
import { ensureElectron } from './support/electron.ts';

/**
 * `npm start`: builds what is out of date and opens the app, in Electron or, where its binary cannot be
 * had, in chromium-shell. Everything after `--` goes to the app: `npm start -- --profile second`.
 */
const root = join(import.meta.dirname, '..');
const appArgs = process.argv.slice(2);
const isRoot = process.getuid?.() === 0;

/** Runs the app until it ends and ends like it, or runs it again with the arguments that it asks for. */
function run(
  command: string,
  args: readonly string[],
  ownArgs: readonly string[],
  stdio: 'inherit' | ['inherit', 'inherit', 'inherit', 'ipc'],
): void {
  const app = spawn(command, [...args, ...ownArgs], { cwd: root, stdio });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => app.kill(signal));
  }
  app.once('error', (error) => {
    console.error(`The app could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  let again: readonly string[] | undefined;
  app.on('message', (message: { readonly type: string; readonly appArgs?: readonly string[] }) => {
    if (message.type === 'relaunch') {
      again = message.appArgs ?? [];
    }
  });
  app.once('exit', (code) => {
    if (again !== undefined) {
      run(command, args, again, stdio);
      return;
    }
    process.exitCode = code ?? 1;
    // With the channel open this process would wait for a child that has gone.
    process.exit();
  });
}

async function start(): Promise<void> {
  if (!hasDisplay()) {
    console.log(
      'There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.',
    );
    console.log(
      '`npm run demo` shows a whole call without one: two instances, what happened when, and pictures of each step.',
    );
    process.exitCode = 1;
    return;
  }
  ensureBuilt();
  if (isRoot) {
    console.log(
      'You are root: the browser engine refuses its sandbox to root, so it runs without; start Peerline as an ordinary user for daily use.',
    );
  }
  const electron = ensureElectron();
  if (electron !== undefined) {
    run(electron, [...(isRoot ? ['--no-sandbox'] : []), root], appArgs, 'inherit');
    return;
  }
  console.log(
    'Electron could not be downloaded, so the same app opens in the browser engine that is installed here (chromium-shell).',
  );
  const shell = join(root, 'tests', 'chromium-shell', 'main.ts');
  const args = [shell, '--app', root, '--browser', await ensureBrowser()];
  // The channel is how the shell notices that this process has been killed.
  run(process.execPath, args, appArgs, ['inherit', 'inherit', 'inherit', 'ipc']);
}

try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
