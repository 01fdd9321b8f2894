import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenesAt } from '#tests/support/uiHarness/scenes.ts';
import { graveViolations } from '#tests/support/graveViolations.ts';
import { overflowing, Screens } from '#tests/support/uiHarness/Screens.ts';

let screens: Screens;

beforeAll(async () => {
  screens = await Screens.open();
});

afterAll(async () => screens.close());

const looks = [
  { locale: 'en', theme: 'light', size: { width: 1080, height: 700 } },
  { locale: 'zh-CN', theme: 'dark', size: { width: 360, height: 480 } },
] as const;

describe.each(looks)('in $locale, $theme, $size.width pixels wide', (look) => {
  it.each(Object.keys(scenesAt(0)))(
    'the screen "%s" obeys the page policy, has no grave accessibility violation and fits',
    async (scene) => {
      await screens.on({ scene, ...look }, async (page, { problems }) => {
        expect(problems).toEqual([]);
        expect(await graveViolations(page)).toEqual([]);
        expect(await overflowing(page)).toEqual([]);
      });
    },
  );
});
