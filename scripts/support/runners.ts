import { z } from 'zod';

/** What one runner counted; a static check counts as one test. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const vitestReport = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().default(0),
});

const playwrightReport = z.object({
  errors: z.array(z.unknown()).default([]),
  stats: z.object({
    expected: z.number(),
    unexpected: z.number(),
    flaky: z.number(),
    skipped: z.number(),
  }),
});

/** A file that could not be collected fails no test of its own, so an unsuccessful run fails at least one. */
const atLeastOneFailure = (tally: Tally, failed: boolean): Tally =>
  failed && tally.failed === 0 ? { ...tally, failed: 1 } : tally;

export function readVitestReport(json: string): Tally {
  const report = vitestReport.parse(JSON.parse(json));
  return atLeastOneFailure(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    !report.success,
  );
}

/** A flaky test is a broken test: it counts as failed. */
export function readPlaywrightReport(json: string): Tally {
  const { stats, errors } = playwrightReport.parse(JSON.parse(json));
  return atLeastOneFailure(
    { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped },
    errors.length > 0,
  );
}

export const addTallies = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (sum, tally) => ({
      passed: sum.passed + tally.passed,
      failed: sum.failed + tally.failed,
      skipped: sum.skipped + tally.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
