import { sweepScreens } from '#tests/support/uiHarness/sweep.ts';

// A file for each look: they run beside each other.
sweepScreens({ locale: 'zh-CN', theme: 'dark', size: { width: 360, height: 480 } });
