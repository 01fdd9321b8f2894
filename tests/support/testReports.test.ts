import { describe, expect, it } from 'vitest';
import { addTallies, readPlaywrightReport, readVitestReport } from '../../scripts/support/runners.ts';

const vitest = (more: object) =>
  JSON.stringify({ success: false, numPassedTests: 2, numFailedTests: 0, numPendingTests: 1, ...more });

describe('the report of a run', () => {
  it('names each test that failed, with the first line of why', () => {
    const tally = readVitestReport(
      vitest({
        numFailedTests: 1,
        testResults: [
          {
            name: '/project/src/a.test.ts',
            message: '',
            assertionResults: [
              { status: 'passed', fullName: 'holds', failureMessages: [] },
              { status: 'failed', fullName: 'breaks', failureMessages: ['expected 1\n    at a.test.ts:3'] },
            ],
          },
        ],
      }),
      '/project',
    );
    expect(tally).toEqual({
      passed: 2,
      failed: 1,
      skipped: 1,
      failures: ['src/a.test.ts: breaks: expected 1'],
    });
  });

  it('counts a file that could not be read as a failure, and names it', () => {
    const testResults = [{ name: '/project/b.test.ts', message: 'no such module', assertionResults: [] }];
    const tally = readVitestReport(vitest({ testResults }), '/project');
    expect(tally).toMatchObject({ failed: 1, failures: ['b.test.ts: no such module'] });
  });

  it('names what failed end to end, however deep, and counts a flaky test as failed', () => {
    const spec = (title: string, ok: boolean) => ({ title, ok, file: 'call.e2e.ts', line: 7 });
    const tally = readPlaywrightReport(
      JSON.stringify({
        stats: { expected: 1, unexpected: 1, flaky: 1, skipped: 0 },
        suites: [{ specs: [spec('holds', true)], suites: [{ specs: [spec('breaks', false)] }] }],
      }),
    );
    expect(tally).toEqual({ passed: 1, failed: 2, skipped: 0, failures: ['call.e2e.ts:7: breaks'] });
  });

  it('adds up', () => {
    const one = { passed: 1, failed: 1, skipped: 1, failures: ['one'] };
    expect(addTallies([one, { ...one, failures: ['two'] }])).toEqual({
      ...{ passed: 2, failed: 2, skipped: 2 },
      failures: ['one', 'two'],
    });
  });
});
