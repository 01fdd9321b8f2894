import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { asked, commands, type Harnessed } from '#tests/support/uiHarness/harnessOf.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();
const rows = (page: Page) => page.getByTestId('history-call');
const total = async (page: Page) => page.getByTestId('history').getAttribute('data-total');
const focused = async (page: Page) =>
  page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-index]')?.dataset.index);
const askedFor = async (page: Page, command: string) =>
  ((await asked(page)) as { command: string; args: unknown }[])
    .filter((entry) => entry.command === command)
    .map(({ args }) => args);

describe('the list of calls', () => {
  it('is one tab stop: arrows, Home and End move, Enter calls', async () => {
    await on({ scene: 'home' }, async (page) => {
      await rows(page).first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(2), { video: true }]);
      await page.keyboard.press('End');
      await expect.poll(async () => focused(page)).toBe('11');
      await page.keyboard.press('Home');
      await expect.poll(async () => focused(page)).toBe('0');
      const stops = page.locator('[data-testid="history"] [tabindex="0"]');
      expect(await stops.count()).toBe(1);
    });
  });

  it('calls back by voice or with video from the buttons of a row, which the keyboard reaches', async () => {
    await on({ scene: 'home' }, async (page) => {
      await rows(page).nth(2).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(3), { video: false }]);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(3), { video: true }]);
    });
  });

  it('loses a row by Delete, and keeps the focus in its place', async () => {
    await on({ scene: 'home' }, async (page) => {
      await rows(page).nth(1).focus();
      await page.keyboard.press('Delete');
      await expect.poll(async () => total(page)).toBe('11');
      await expect.poll(async () => focused(page)).toBe('1');
      expect(await askedFor(page, 'historyRemove')).toEqual([{ what: 'rows', rows: [11] }]);
    });
  });

  it('puts an id into the dial field by a click', async () => {
    await on({ scene: 'home' }, async (page) => {
      await rows(page).first().click();
      expect(await page.getByTestId('dial-input').inputValue()).not.toBe('');
    });
  });

  it('says in words what came of each call, and on which device', async () => {
    await on({ scene: 'home' }, async (page) => {
      const said = await rows(page).evaluateAll((all) => all.map((row) => row.getAttribute('aria-label')));
      expect(said[1]).toMatch(/new, Video, Missed, 12 times, \d\d:\d\d$/);
      expect(said[1]).toContain('In a call');
      expect(said[5]).toContain('Answered on Laptop in the living room');
      expect(said[0]).toContain('Outgoing, 24 min');
    });
  });

  it('has a heading for each day', async () => {
    await on({ scene: 'home' }, async (page) => {
      const headings = page.getByTestId('history').locator('h3');
      expect(await headings.first().innerText()).toBe('Today');
      expect(await headings.count()).toBeGreaterThan(2);
    });
  });

  it('holds a row of 100,000 on the page only while it is in sight, and gets there by one key', async () => {
    await on({ scene: 'homeLong' }, async (page) => {
      await expect.poll(async () => focused(page)).toBe('99999');
      await expect.poll(async () => rows(page).last().isVisible()).toBe(true);
      expect(await page.getByTestId('history-row').count()).toBeLessThan(60);
      expect((await askedFor(page, 'historyRange')).length).toBeLessThan(12);
    });
  });

  it('keeps the focus while the wheel takes its row out of sight', async () => {
    await on({ scene: 'homeLong' }, async (page) => {
      await page.getByTestId('history').evaluate((list) => list.parentElement?.scrollTo({ top: 0 }));
      await expect.poll(async () => page.locator('[data-index="0"]').count()).toBe(1);
      expect(await focused(page)).toBe('99999');
      await page.keyboard.press('ArrowUp');
      await expect.poll(async () => focused(page)).toBe('99998');
    });
  });

  it('shows where calls will be when they are awaited for longer than a moment', async () => {
    await on({ scene: 'homeLong' }, async (page) => {
      const skeletons = page.getByTestId('history').locator('.skeleton');
      expect(await skeletons.count()).toBe(0);
      // What is seen while the bar is dragged on and on: a new row in every frame, none for long.
      const shown = await page.getByTestId('history').evaluate(async (list) => {
        (window as unknown as Harnessed).harness.hold('historyRange');
        const pane = list.parentElement;
        const until = performance.now() + 1_000;
        for (let top = 2_000_000; performance.now() < until; top -= 10_000) {
          pane?.scrollTo({ top });
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        const [row] = list.querySelectorAll('.skeleton');
        return row === undefined ? '' : getComputedStyle(row).visibility;
      });
      expect(shown).toBe('visible');
    });
  });

  it('can be read again after it could not', async () => {
    await on({ scene: 'homeUnreadable' }, async (page) => {
      const before = (await askedFor(page, 'historyRange')).length;
      await page.getByTestId('history-problem').getByRole('button').click();
      await expect.poll(async () => (await askedFor(page, 'historyRange')).length).toBe(before + 1);
    });
  });
});

describe('the menu of a row', () => {
  it('opens by the right button and holds on to the call for which it was opened', async () => {
    await on({ scene: 'homeRowMenu' }, async (page) => {
      await page.getByTestId('history-remove').click();
      await expect.poll(async () => askedFor(page, 'historyRemove')).toEqual([{ what: 'rows', rows: [7] }]);
    });
  });

  it('blocks and unblocks', async () => {
    await on({ scene: 'homeRowMenu' }, async (page) => {
      await page.getByTestId('history-block').click();
      await expect.poll(async () => rows(page).nth(5).getAttribute('aria-label')).toContain('Blocked');
      await rows(page).nth(5).click({ button: 'right' });
      await page.getByTestId('history-unblock').click();
      await expect.poll(async () => rows(page).nth(5).getAttribute('aria-label')).not.toContain('Blocked');
    });
  });

  it('offers no contact again, and opens the form for a stranger', async () => {
    await on({ scene: 'home' }, async (page) => {
      await rows(page).first().click({ button: 'right' });
      await page.getByTestId('history-block').waitFor();
      expect(await page.getByTestId('history-add').count()).toBe(0);
      await page.keyboard.press('Escape');
      await rows(page).nth(5).click({ button: 'right' });
      await page.getByTestId('history-add').click();
      await page.getByRole('dialog').waitFor();
    });
  });

  it('deletes all calls with somebody after a question', async () => {
    await on({ scene: 'home' }, async (page) => {
      await rows(page).first().click({ button: 'right' });
      await page.getByTestId('history-remove-peer').click();
      expect(await askedFor(page, 'historyRemove')).toEqual([]);
      await page.getByTestId('confirm-action').click();
      await expect
        .poll(async () => askedFor(page, 'historyRemove'))
        .toEqual([{ what: 'peer', peer: personId(1) }]);
    });
  });
});

describe('the focus', () => {
  const inRow = async (page: Page): Promise<boolean> =>
    page.evaluate(() => document.activeElement?.closest('[data-testid="history-row"]') !== null);

  it('is in the list after a call was deleted from its menu', async () => {
    await on({ scene: 'homeRowMenu' }, async (page) => {
      await page.getByTestId('history-remove').click();
      await expect.poll(async () => total(page)).toBe('11');
      await expect.poll(async () => inRow(page)).toBe(true);
    });
  });

  it('is in the list after all calls with somebody were deleted', async () => {
    await on({ scene: 'home' }, async (page) => {
      await rows(page).first().click({ button: 'right' });
      await page.getByTestId('history-remove-peer').click();
      await page.getByTestId('confirm-action').click();
      await expect.poll(async () => total(page)).not.toBe('12');
      await expect.poll(async () => inRow(page)).toBe(true);
    });
  });
});

describe('deleting many calls', () => {
  it('says that it is not about missed calls alone where only those are in sight', async () => {
    await on({ scene: 'homeMissed' }, async (page) => {
      await page.getByTestId('history-remove-menu').click();
      await page.getByTestId('history-remove-week').click();
      expect(await page.getByTestId('confirm').innerText()).toContain('not missed are deleted too');
    });
    await on({ scene: 'homeRemoveAll' }, async (page) => {
      expect(await page.getByTestId('confirm').innerText()).not.toContain('not missed');
    });
  });

  it.each(['confirm-cancel', 'confirm-action'])('gives the focus back after %s', async (answer) => {
    await on({ scene: 'homeRemoveAll' }, async (page) => {
      await page.getByTestId(answer).click();
      await expect
        .poll(async () => page.evaluate(() => document.activeElement?.getAttribute('data-testid')))
        .toBe('history-remove-menu');
    });
  });

  it('asks first, and can be left', async () => {
    await on({ scene: 'homeRemoveAll' }, async (page) => {
      await page.getByTestId('confirm-cancel').click();
      expect(await askedFor(page, 'historyRemove')).toEqual([]);
      expect(await total(page)).toBe('12');
    });
  });

  it('leaves an empty list that says what to do first', async () => {
    await on({ scene: 'homeRemoveAll' }, async (page) => {
      await page.getByTestId('confirm-action').click();
      expect(await page.getByTestId('history-empty').innerText()).toContain('No calls yet');
    });
  });

  it('takes what is older than a year', async () => {
    await on({ scene: 'home' }, async (page) => {
      await page.getByTestId('history-remove-menu').click();
      await page.getByTestId('history-remove-year').click();
      await page.getByTestId('confirm-action').click();
      await expect.poll(async () => total(page)).toBe('9');
    });
  });
});

describe('missed calls', () => {
  it('are counted until they were in sight of the focused window for a moment', async () => {
    await on({ scene: 'home', fakeTime: true }, async (page) => {
      const badge = page.getByTestId('missed-badge');
      expect(await badge.innerText()).toBe('2');
      await page.clock.runFor(1_000);
      expect(await askedFor(page, 'historySeen')).toEqual([]);
      await page.clock.runFor(1_000);
      await expect.poll(async () => badge.count()).toBe(0);
      expect(await askedFor(page, 'historySeen')).toEqual([{}]);
    });
  });

  it('stay counted while another page is open', async () => {
    await on({ scene: 'home', fakeTime: true }, async (page) => {
      await page.getByTestId('nav-settings').click();
      await page.clock.runFor(10_000);
      expect(await page.getByTestId('missed-badge').innerText()).toBe('2');
    });
  });

  it('stay counted below the edge of a small window', async () => {
    await on({ scene: 'home', size: { width: 360, height: 480 }, fakeTime: true }, async (page) => {
      await page.clock.runFor(10_000);
      expect(await page.getByTestId('missed-badge').innerText()).toBe('2');
      await page.getByTestId('history').scrollIntoViewIfNeeded();
      await page.locator('.home').evaluate((home) => home.scrollTo({ top: 10_000 }));
      await expect.poll(async () => rows(page).first().isVisible()).toBe(true);
    });
  });

  it('can be shown alone', async () => {
    await on({ scene: 'homeMissed' }, async (page) => {
      await expect.poll(async () => total(page)).toBe('3');
      const ends = await page
        .getByTestId('history-row')
        .evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset.end));
      expect(ends).toEqual(['missed', 'missed', 'missed']);
    });
  });
});
