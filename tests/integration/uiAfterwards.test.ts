import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { locales } from '#shared/settings.ts';
import { names, total } from '#tests/support/uiHarness/contactProbes.ts';
import { commands, showCall } from '#tests/support/uiHarness/harnessOf.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();
/** What has the focus: its name in the tests, or the contact whose row it is in. */
const focused = async (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.closest<HTMLElement>('[data-index]')?.dataset.id ?? element?.getAttribute('data-testid');
  });
const idOfRow = async (page: Page, at: number) =>
  page.getByTestId('contact').nth(at).locator('xpath=..').locator('xpath=..').getAttribute('data-id');

describe('after a call that the person ended while it rang, a strip', () => {
  it.each([
    ['en', 'Ended: you blocked them'],
    ['zh-CN', '已结束：你已屏蔽对方'],
  ] as const)('(in %s) says that the caller is blocked, and offers no call to them', async (locale, said) => {
    await on({ scene: 'endedByBlocking', locale }, async (page) => {
      await expect.poll(async () => page.getByTestId('end-reason').innerText()).toBe(said);
      expect(await page.getByTestId('live-region').innerText()).toContain(said.split(/[:：] ?/)[1]);
      expect(await page.getByTestId('call-again').count()).toBe(0);
    });
  });

  it('offers to call back whom the person only declined', async () => {
    await on({ scene: 'endedByMe' }, async (page) => {
      await page.getByTestId('call-again').click();
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(2), { video: true }]);
    });
  });

  it('goes by itself after eight seconds', async () => {
    await on({ scene: 'endedByMe', fakeTime: true }, async (page) => {
      await page.clock.runFor(3_000);
      expect(await page.getByTestId('call-view').count()).toBe(1);
      await page.clock.runFor(5_100);
      await expect.poll(async () => page.getByTestId('call-view').count()).toBe(0);
    });
  });

  it('goes although the pointer lies where it appeared', async () => {
    await on({ scene: 'incoming', fakeTime: true }, async (page) => {
      await page.getByTestId('incoming-decline').hover();
      await showCall(page, 'endedByMe');
      await page.getByTestId('call-close').waitFor();
      await page.clock.runFor(8_100);
      await expect.poll(async () => page.getByTestId('call-view').count()).toBe(0);
    });
  });

  it('stays while the keyboard is in it', async () => {
    await on({ scene: 'endedByMe', fakeTime: true }, async (page) => {
      await page.keyboard.press('Tab');
      await page.getByTestId('call-close').focus();
      await page.clock.runFor(60_000);
      expect(await focused(page)).toBe('call-close');
    });
  });
});

describe('contacts that were deleted', () => {
  it.each([
    ['en', '2 contacts were deleted.'],
    ['zh-CN', '已删除 2 位联系人。'],
  ] as const)('(in %s) within ten seconds of each other come back together', async (locale, said) => {
    await on({ scene: 'contactsRemoved', locale }, async (page) => {
      await page.getByText(said).waitFor();
      await page.getByTestId('contact-undo').click();
      await expect.poll(async () => page.getByTestId('contact-removed').count()).toBe(0);
      expect(await total(page)).toBe(13);
      await expect.poll(async () => focused(page)).toBe(personId(10));
    });
  });

  it('leave the focus on Undo when the open one was deleted, and it goes to the one that came back', async () => {
    await on({ scene: 'contactRemoved' }, async (page) => {
      await expect.poll(async () => focused(page)).toBe('contact-undo');
      await page.keyboard.press('Enter');
      await expect.poll(async () => focused(page)).toBe(personId(10));
      expect(await page.getByTestId('contact-name').innerText()).toBe('Atelier');
    });
  });

  it('come back to the page of a narrow window with the focus on the way to the list', async () => {
    await on({ scene: 'contactRemoved', size: { width: 360, height: 480 } }, async (page) => {
      await page.getByTestId('contact-undo').click();
      await expect.poll(async () => focused(page)).toBe('contact-back');
    });
  });

  it('leave the last buttons of another contact within reach in a small window', async () => {
    await on({ scene: 'contactRemoved', size: { width: 360, height: 480 } }, async (page) => {
      await page.getByTestId('contact-search').fill(personId(1));
      await page.getByTestId('contact').click();
      // Fails where something else would get the click.
      await page.getByTestId('contact-delete').click({ trial: true, timeout: 4_000 });
      expect(await page.getByTestId('contact-removed').count()).toBe(1);
    });
  });

  it('leave the focus on the next row when a row was deleted', async () => {
    await on({ scene: 'contacts' }, async (page) => {
      const next = await idOfRow(page, 1);
      await page.getByTestId('contact').first().focus();
      await page.keyboard.press('Delete');
      await expect.poll(async () => total(page)).toBe(12);
      await expect.poll(async () => focused(page)).toBe(next);
    });
  });

  it('leave the focus on Undo when no row is left', async () => {
    await on({ scene: 'contacts' }, async (page) => {
      await page.getByTestId('contact-search').fill('Atelier');
      await expect.poll(async () => names(page)).toEqual(['Atelier']);
      await page.getByTestId('contact').focus();
      await page.keyboard.press('Delete');
      await expect.poll(async () => focused(page)).toBe('contact-undo');
    });
  });

  it.each(['contacts', 'calls'])('never leave the focus nowhere (on the page "%s")', async (view) => {
    await on({ scene: 'contactRemoved', fakeTime: true }, async (page) => {
      await page.getByTestId(`nav-${view}`).click();
      await page.getByTestId('contact-undo-dismiss').focus();
      await page.keyboard.press('Enter');
      await expect.poll(async () => page.getByTestId('contact-removed').count()).toBe(0);
      expect(await page.evaluate(() => document.activeElement === document.body)).toBe(false);
    });
  });

  it('stay on offer while the keyboard is on Undo, and are let go ten seconds later', async () => {
    await on({ scene: 'contactOpen', fakeTime: true }, async (page) => {
      await page.getByTestId('contact-delete').focus();
      await page.keyboard.press('Enter');
      await expect.poll(async () => focused(page)).toBe('contact-undo');
      await page.clock.runFor(60_000);
      expect(await page.getByTestId('contact-removed').count()).toBe(1);
      await page.getByTestId('contact-search').focus();
      await page.clock.runFor(10_100);
      await expect.poll(async () => page.getByTestId('contact-removed').count()).toBe(0);
    });
  });
});

describe('unblocking', () => {
  const said = {
    en: 'Missed calls from the time of the block are not shown.',
    'zh-CN': '屏蔽期间的未接来电不会显示。',
  } as const;

  it.each(locales)(
    'says in %s, wherever it is offered, that the calls of that time are not shown',
    async (locale) => {
      for (const scene of ['contactBlocked', 'settingsPrivacy', 'homeRowMenuBlocked'] as const) {
        await on({ scene, locale }, async (page) => {
          expect(await page.getByText(said[locale]).count()).toBe(1);
        });
      }
    },
  );
});

describe('the own status', () => {
  it.each([
    ['en', 'Your status on this computer', 'On this computer calls show in this window only'],
    ['zh-CN', '你在这台电脑上的状态', '在这台电脑上，来电只在本窗口中显示'],
  ] as const)(
    'is in %s said to be that of this computer, where it is chosen',
    async (locale, label, hint) => {
      await on({ scene: 'homeStatus', locale }, async (page) => {
        const menu = page.getByRole('menu');
        expect(await menu.innerText()).toContain(label);
        expect(await menu.innerText()).toContain(hint);
      });
      await on({ scene: 'settings', locale }, async (page) => {
        await page.getByTestId('setting-status-doNotDisturb').click();
        expect(await page.getByTestId('privacy').innerText()).toContain(label);
        expect(await page.getByTestId('privacy').innerText()).toContain(hint);
      });
    },
  );
});
