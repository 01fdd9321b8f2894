import { inject } from 'vitest';
import { Screens } from './Screens.ts';

/** Screens for a test file. */
export const openScreens = async (): Promise<Screens> => Screens.open(inject('uiHarness'));
