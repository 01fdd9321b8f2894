import { afterAll, beforeAll, inject } from 'vitest';
import { Screens } from './Screens.ts';

/**
 * One browser for all tests of a file, or of the `describe` that calls it. Gives what shows a screen for as long as
 * `act` takes.
 */
export function openScreens(): Screens['on'] {
  let screens: Screens | undefined;
  beforeAll(async () => {
    screens = await Screens.open(inject('uiHarness'));
  });
  afterAll(async () => screens?.close());
  return async (options, act) => {
    if (screens === undefined) {
      throw new Error('screens are there from the first test on');
    }
    await screens.on(options, act);
  };
}
