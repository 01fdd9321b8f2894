import { describe, expect, it } from 'vitest';
import { graveViolations } from '#tests/support/graveViolations.ts';
import { scenesAt } from './scenes.ts';
import { openScreens } from './openScreens.ts';
import { overflowing, type ScreenOptions } from './Screens.ts';

/** Looks at every screen there is in one language, theme and size. */
export function sweepScreens(look: Required<Pick<ScreenOptions, 'locale' | 'theme' | 'size'>>): void {
  describe(`in ${look.locale}, ${look.theme}, ${look.size.width} pixels wide`, () => {
    const on = openScreens();

    it.each(Object.keys(scenesAt(0)))(
      'the screen "%s" obeys the page policy, has no grave accessibility violation and fits',
      async (scene) => {
        await on({ scene, ...look }, async (page, { problems }) => {
          expect(problems).toEqual([]);
          expect(await graveViolations(page)).toEqual([]);
          expect(await overflowing(page)).toEqual([]);
        });
      },
    );
  });
}
