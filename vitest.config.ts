import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Three projects, slowest last; end-to-end tests run in Playwright (playwright.config.ts). */
export default defineConfig({
  test: {
    // The default leaves one core idle, which on two cores is half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'tests/{support,lab}/**/*.test.ts'],
          environment: 'node',
          // Thousands of random cases in one test take seconds where other work runs beside it.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          environment: 'node',
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup: ['tests/support/uiHarness/globalSetup.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
