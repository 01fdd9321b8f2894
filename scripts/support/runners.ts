import { relative } from 'node:path';
import { z } from 'zod';

/** What one runner counted; a static check counts as one test. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, each in a line: where it stands and what it says. */
  readonly failures: readonly string[];
}

const vitestReport = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().default(0),
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

interface Suite {
  readonly specs: readonly {
    readonly title: string;
    readonly ok: boolean;
    readonly file: string;
    readonly line: number;
  }[];
  readonly suites?: readonly Suite[] | undefined;
}

const suite: z.ZodType<Suite> = z.lazy(() =>
  z.object({
    specs: z.array(z.object({ title: z.string(), ok: z.boolean(), file: z.string(), line: z.number() })),
    suites: z.array(suite).optional(),
  }),
);

const playwrightReport = z.object({
  errors: z.array(z.object({ message: z.string().default('') })).default([]),
  suites: z.array(suite),
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

const firstLine = (text: string | undefined): string => text?.split('\n')[0] ?? '';

/** `root`: paths are named from there. */
export function readVitestReport(json: string, root: string): Tally {
  const report = vitestReport.parse(JSON.parse(json));
  const failures = report.testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    return failed.length === 0 && message !== ''
      ? [`${file}: ${firstLine(message)}`]
      : failed.map((test) => `${file}: ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
  });
  return atLeastOneFailure(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
      failures,
    },
    !report.success,
  );
}

/** A flaky test is a broken test: it counts as failed. */
export function readPlaywrightReport(json: string): Tally {
  const { stats, errors, suites } = playwrightReport.parse(JSON.parse(json));
  const failures = [
    ...errors.map(({ message }) => firstLine(message)),
    ...suites.flatMap(failedSpecs).map(({ file, line, title }) => `${file}:${line}: ${title}`),
  ];
  return atLeastOneFailure(
    { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped, failures },
    errors.length > 0,
  );
}

const failedSpecs = ({ specs, suites = [] }: Suite): Suite['specs'] => [
  ...specs.filter(({ ok }) => !ok),
  ...suites.flatMap(failedSpecs),
];

export const addTallies = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (sum, tally) => ({
      passed: sum.passed + tally.passed,
      failed: sum.failed + tally.failed,
      skipped: sum.skipped + tally.skipped,
      failures: [...sum.failures, ...tally.failures],
    }),
    { passed: 0, failed: 0, skipped: 0, failures: [] },
  );
