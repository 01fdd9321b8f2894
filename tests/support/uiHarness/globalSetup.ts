import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** For the interface as built by the first test file that needs it: a build takes as long as ten screens. */
    uiHarness: string;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'peerline-ui-'));
  project.provide('uiHarness', folder);
  return async () => rm(folder, { recursive: true, force: true });
}
