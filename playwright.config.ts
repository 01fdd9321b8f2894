import { defineConfig } from '@playwright/test';

/**
 * End-to-end tests drive the built app, which is built first where it is older than its sources, on whichever
 * launcher is available (tests/support/launch). Two workers: a call mostly waits (for frames, timers, other
 * processes), so that a second one fits beside it on two cores.
 */
export default defineConfig({
  globalSetup: './tests/support/e2e/globalSetup.ts',
  testDir: 'tests/e2e',
  testMatch: '**/*.e2e.ts',
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  forbidOnly: true,
});
