import { expect } from '@playwright/test';
import { test as base } from './fixtures.ts';
import { startHousehold, type Household, type LaunchedHousehold } from './ownDevices.ts';
import type { CallKind, PeerWindow } from './PeerWindow.ts';
import { resting } from './people.ts';
import { forgetPhases, notedPhases } from './phaseLog.ts';

/** `test` with a household that is shared as the pair is: a failed test gets a fresh one. */
export const test = base.extend<
  { readonly household: LaunchedHousehold },
  { readonly sharedHousehold: LaunchedHousehold }
>({
  household: async ({ sharedHousehold }, use) => {
    const { caller, first, second } = sharedHousehold;
    await resting(
      [caller, first, second].map(({ window }) => window),
      async () => use(sharedHousehold),
    );
  },
  sharedHousehold: [
    async ({ browserName: _ }, use) => {
      const household = await startHousehold();
      await use(household);
      await household.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

interface Windows {
  readonly caller: PeerWindow;
  readonly first: PeerWindow;
  readonly second: PeerWindow;
  readonly calleeId: string;
}

/** The windows alone, in which everything happens. */
export const windowsOf = ({ caller, first, second, calleeId }: Household): Windows => ({
  caller: caller.window,
  first: first.window,
  second: second.window,
  calleeId,
});

/** The caller dials, and it rings on both computers. */
export async function ringBoth(
  { caller, first, second, calleeId }: Windows,
  kind: CallKind = 'video',
): Promise<void> {
  await Promise.all([caller, first, second].map(forgetPhases));
  await caller.dial(calleeId, kind);
  await Promise.all([first.expectRinging(), second.expectRinging()]);
}

/** Calls, and gives up as soon as it rings anywhere; returns why the call ended. */
export async function callOutcome({ caller, first, second, calleeId }: Windows): Promise<string | null> {
  await caller.dial(calleeId);
  const ringing = caller.page.locator('[data-testid="call-view"][data-stage="ringing"]');
  await expect(caller.element('end-reason').or(ringing)).toBeVisible();
  if (await ringing.isVisible()) {
    await caller.hangUp();
    for (const window of [first, second]) {
      await expect(window.element('incoming-accept')).toBeHidden();
      if (await window.element('call-close').isVisible()) {
        await window.close();
      }
    }
  }
  const reason = await caller.element('end-reason').getAttribute('data-reason');
  await caller.close();
  return reason;
}

/** A moment of conversation: the list of calls counts it in seconds. */
export const talk = async ({ page }: PeerWindow) =>
  page.waitForFunction(() => {
    const timer = document.querySelector('[data-testid="call-timer"]')?.textContent.trim();
    return timer !== undefined && timer !== '' && timer !== '00:00';
  });

/** It rang, and then it was over, without anything in between. */
export async function expectOnlyRang(window: PeerWindow): Promise<void> {
  expect((await notedPhases(window)).map(({ phase }) => phase)).toEqual(['incoming', 'ended']);
}

/** When a window showed a phase first, milliseconds since the epoch. */
export async function timeOf(window: PeerWindow, phase: string): Promise<number> {
  const noted = (await notedPhases(window)).find((entry) => entry.phase === phase);
  expect(noted, `${phase} was never shown`).toBeDefined();
  return noted?.at ?? 0;
}

/** A window says why its call ended. */
export const says = async (window: PeerWindow, sentence: string) =>
  expect(window.element('end-reason')).toHaveText(`Ended: ${sentence}`);
