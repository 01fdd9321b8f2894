import { expect, test } from '@playwright/test';
import { Laboratory } from '#tests/lab/Laboratory.ts';
import { whyNoLab } from '#tests/lab/Namespaces.ts';
import { scenarios } from '#tests/lab/scenarios.ts';

/** Of the whole matrix (`npm run lab`) what a change is likely to break, and a machine of any speed can tell. */
const names = ['open', 'symmetric-both', 'udp-blocked-both', 'relay-only'];

/** Enough to count packets; how it sounds is for the whole matrix. */
const listenSeconds = 2;

test.describe('a call between two networks', () => {
  // Two networks on one computer are network namespaces: where these may not be made, the scenarios count as skipped.
  const reason = whyNoLab();
  test.skip(reason !== undefined, reason ?? '');
  test.setTimeout(120_000);

  let laboratory: Laboratory;
  test.beforeAll(() => {
    laboratory = new Laboratory();
  });
  test.afterAll(() => laboratory.close());

  for (const scenario of scenarios.filter(({ name }) => names.includes(name))) {
    test(`connects: ${scenario.title}`, async () => {
      const result = await laboratory.run({ ...scenario, seconds: listenSeconds });
      expect(result.missed, JSON.stringify(result, undefined, 1)).toEqual([]);
    });
  }
});
