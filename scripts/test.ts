import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBrowser } from './support/browser.ts';
import { ensureCommand } from './support/packages.ts';
import { addTallies, readPlaywrightReport, readVitestReport, type Tally } from './support/runners.ts';

/**
 * `npm test`: everything that says whether the project is sound, cheapest first, and at the end one line
 * with the sum over all runners. A failing step does not hide the ones after it.
 */
async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: { ...process.env, ...env },
    });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** A step that runs beside others: what it writes comes in one piece when it is over. */
async function check(title: string, command: string, args: readonly string[]): Promise<Tally> {
  const started = performance.now();
  const { code, output } = await runQuietly(command, args);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(output);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${title} (${seconds} s)`);
  return code === 0
    ? { passed: 1, failed: 0, skipped: 0, failures: [] }
    : { passed: 0, failed: 1, skipped: 0, failures: [title] };
}

async function runQuietly(
  command: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { shell: process.platform === 'win32' });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => parts.push(part));
    const end = (code: number, more = ''): void =>
      resolve({ code, output: Buffer.concat(parts).toString() + more });
    child.on('error', (error) => end(1, `${command}: ${error.message}\n`));
    child.on('close', (code) => end(code ?? 1));
  });
}

async function readReport(file: string, read: (json: string) => Tally): Promise<Tally> {
  try {
    return read(await readFile(file, 'utf8'));
  } catch (error) {
    console.error(`no readable report in ${file}:`, error);
    return { passed: 0, failed: 1, skipped: 0, failures: [`no readable report in ${file}`] };
  }
}

const reports = await mkdtemp(join(tmpdir(), 'peerline-test-'));
// A run starts some hundred Node processes of the same few programs: they compile them once.
process.env.NODE_COMPILE_CACHE ??= join(reports, 'compiled');
const tallies: Tally[] = [];
try {
  if (process.env.REDIS_SERVER === undefined) {
    ensureCommand('redis-server', 'redis-server');
  }
  // There is none for Windows, where its tests are skipped.
  if (process.env.TURNSERVER === undefined && process.platform !== 'win32') {
    ensureCommand('turnserver', 'coturn');
  }
  console.log(`Browser for tests: ${await ensureBrowser()}`);

  // Two lanes of about the same length: each step keeps one core busy.
  const lanes = [
    async () => [
      await check('types', process.execPath, ['scripts/typecheck.ts']),
      await check('dead code', 'knip', []),
      await check('build', 'electron-vite', ['build', '--logLevel', 'warn']),
    ],
    async () => [
      await check('lint', 'eslint', ['.', '--max-warnings', '0']),
      await check('format', 'prettier', ['--check', '--log-level', 'warn', '.']),
    ],
  ];
  tallies.push(...(await Promise.all(lanes.map(async (lane) => lane()))).flat());

  const vitestReport = join(reports, 'vitest.json');
  await run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`]);
  tallies.push(await readReport(vitestReport, (json) => readVitestReport(json, process.cwd())));

  const playwrightReport = join(reports, 'playwright.json');
  await run('playwright', ['test', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_FILE: playwrightReport,
  });
  tallies.push(await readReport(playwrightReport, readPlaywrightReport));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  tallies.push({ passed: 0, failed: 1, skipped: 0, failures: [String(error)] });
} finally {
  await rm(reports, { recursive: true, force: true });
}

const { passed, failed, skipped, failures } = addTallies(tallies);
process.exitCode = failed === 0 ? 0 : 1;
failures.forEach((failure) => console.log(`failed: ${failure}`));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
