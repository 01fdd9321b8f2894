import { expect, type Page } from '@playwright/test';
import { test } from '#tests/support/e2e/fixtures.ts';
import { graveViolations } from '#tests/support/graveViolations.ts';

/** Fails with the rules and elements when a screen has a violation of level serious or above. */
async function expectAccessible(page: Page, screen: string): Promise<void> {
  expect(await graveViolations(page), screen).toEqual([]);
}

for (const theme of ['light', 'dark'] as const) {
  test(`no screen has a serious accessibility violation (${theme})`, async ({ pair }) => {
    test.setTimeout(120_000);
    const { caller, callee } = pair;
    for (const window of [caller, callee]) {
      await window.element('nav-settings').click();
      await window.element(`setting-theme-${theme}`).click();
      await expect(window.page.locator('html')).toHaveAttribute('data-theme', theme);
      await expectAccessible(window.page, 'settings');
      await window.element('nav-calls').click();
      await expectAccessible(window.page, 'home');
    }
    await caller.dial(await callee.id());
    await callee.expectRinging();
    await expectAccessible(caller.page, 'outgoing');
    await expectAccessible(callee.page, 'incoming');
    await callee.answer();
    await caller.expectPhase('connected');
    await expectAccessible(caller.page, 'in call');
    await caller.hangUp();
    await caller.expectEnded('hungUp');
    await expectAccessible(caller.page, 'ended');
    await caller.close();
    await callee.close();
  });
}
