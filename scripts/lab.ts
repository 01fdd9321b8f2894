import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Laboratory } from '#tests/lab/Laboratory.ts';
import { whyNoLab } from '#tests/lab/Namespaces.ts';
import { tableOf } from '#tests/lab/report.ts';
import type { Result } from '#tests/lab/result.ts';
import { scenarios } from '#tests/lab/scenarios.ts';
import { ensureBuilt } from './support/build.ts';
import { ensureCommand } from './support/packages.ts';

/**
 * `npm run lab`: calls between two instances of the built app in networks of all kinds, and what became of them.
 * `--only NAME,...` takes some of them, `--json FILE` writes a line for each. Ends with 1 where a bar is missed.
 */
const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' }, help: { type: 'boolean', default: false } },
});

const known = scenarios.map(({ name, title }) => `  ${name.padEnd(18)}${title}`).join('\n');

function chosen(): typeof scenarios {
  const names = values.only?.split(',') ?? scenarios.map(({ name }) => name);
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    throw new Error(`There is no scenario ${unknown.join(', ')}. There are:\n${known}`);
  }
  return scenarios.filter(({ name }) => names.includes(name));
}

async function runAll(laboratory: Laboratory): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const scenario of chosen()) {
    const started = performance.now();
    const result = await laboratory.run(scenario);
    results.push(result);
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    console.error(`${result.missed.length === 0 ? 'ok  ' : 'FAIL'} ${scenario.title} (${seconds} s)`);
    if (values.json !== undefined) {
      writeFileSync(values.json, results.map((line) => `${JSON.stringify(line)}\n`).join(''));
    }
  }
  return results;
}

if (values.help) {
  console.log(`Usage: npm run lab -- [--only NAME,...] [--json FILE]\nScenarios:\n${known}`);
  process.exit(0);
}
const reason = whyNoLab();
if (reason !== undefined) {
  console.error(reason);
  process.exit(1);
}
ensureBuilt();
ensureCommand('turnserver', 'coturn');
const laboratory = new Laboratory();
process.on('exit', () => laboratory.close());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}
try {
  const results = await runAll(laboratory);
  console.log(tableOf(results));
  process.exitCode = results.every(({ missed }) => missed.length === 0) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  laboratory.close();
}
