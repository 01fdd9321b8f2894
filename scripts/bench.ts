import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../tests/bench');
const [name = '', ...rest] = process.argv.slice(2);
const file = join(folder, `${name}.bench.ts`);

if (!/^[a-z-]+$/.test(name) || !existsSync(file)) {
  const names = readdirSync(folder)
    .filter((entry) => entry.endsWith('.bench.ts'))
    .map((entry) => entry.replace('.bench.ts', ''));
  console.error(`Usage: npm run bench -- NAME\nNAME is one of: ${names.join(', ')}`);
  process.exit(2);
}

spawn(process.execPath, ['--expose-gc', file, ...rest], { stdio: 'inherit' }).on('exit', (code) => {
  process.exitCode = code ?? 1;
});
