import { defineConfig } from '@playwright/test';

/**
 * End-to-end tests drive the built app (`npm run build`) on whichever launcher is available
 * (tests/support/launch). One worker: every test starts two instances and two cores are the norm.
 */
export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '**/*.e2e.ts',
  workers: 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  forbidOnly: true,
});
