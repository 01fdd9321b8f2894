import { sweepScreens } from '#tests/support/uiHarness/sweep.ts';

// A file for each look: they run beside each other.
sweepScreens({ locale: 'en', theme: 'light', size: { width: 1080, height: 700 } });
