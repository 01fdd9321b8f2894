import { spawnSync } from 'node:child_process';

/** One project per layer, so that each sees only the types it may use; the Vue compiler checks templates. */
const projects = ['shared', 'node', 'preload', 'web', 'tests'];

let failed = false;
for (const project of projects) {
  const { status } = spawnSync('vue-tsc', ['-p', `tsconfig.${project}.json`], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
