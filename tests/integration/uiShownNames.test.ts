import { describe, expect, it } from 'vitest';
import { locales } from '#shared/settings.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();

describe('a name that is too long for its place', () => {
  it.each([
    ['contacts', `[data-id="${personId(1)}"] .who`, { width: 1080, height: 1400 }],
    ['home', '[data-testid="history-row"] .who', { width: 1080, height: 700 }],
    ['popupKnown', '.text > .name', { width: 400, height: 150 }],
  ])('loses its middle on the screen "%s", and the tooltip has all of it', async (scene, place, size) => {
    await on({ scene, size }, async (page) => {
      const name = page.locator(place).first();
      await name.waitFor();
      const shown = await name.evaluate((element) => {
        const [head, tail] = element.children;
        const box = element.getBoundingClientRect();
        const end = tail?.getBoundingClientRect();
        return {
          cut: (head?.scrollWidth ?? 0) > (head?.clientWidth ?? 0),
          endSeen: end !== undefined && end.width > 0 && end.right <= box.right + 1,
          tail: tail?.textContent ?? '',
          title: element.getAttribute('title') ?? '',
        };
      });
      expect(shown).toMatchObject({ cut: true, endSeen: true });
      expect(shown.tail.trim()).not.toBe('');
      expect(shown.title.split('\n')[0]).toMatch(new RegExp(`${shown.tail}$`));
    });
  });

  it('from right to left begins where the others do', async () => {
    await on({ scene: 'contacts', size: { width: 1080, height: 1400 } }, async (page) => {
      const left = async (seed: number) =>
        page
          .locator(`[data-id="${personId(seed)}"] .who > *`)
          .first()
          .evaluate((element) => Math.round(element.getBoundingClientRect().left));
      expect(await left(3)).toBe(await left(2));
    });
  });
});

describe('a number', () => {
  it.each(locales)('is written in %s in one way on every screen', async (locale) => {
    for (const scene of ['contactsImport', 'contactsMany', 'contactEditLong'] as const) {
      await on({ scene, locale }, async (page) => {
        if (scene === 'contactsMany') {
          await page.getByTestId('contact-search').fill('o');
          await expect.poll(async () => page.getByTestId('contacts-found').innerText()).toMatch(/\d,\d{3}/);
        }
        const text = await page.locator('body').innerText();
        const written = text
          .split(/\s+/)
          // Ids and the names of the samples are no counts.
          .filter((word) => !/[A-Z]/i.test(word) && /\d{4,}/.test(word));
        expect(written).toEqual([]);
        if (scene === 'contactsImport') {
          expect(text).toContain('5,000');
        }
      });
    }
  });
});

describe('the window of an incoming call', () => {
  it('lets a stranger be added as well as blocked', async () => {
    await on({ scene: 'popup' }, async (page) => {
      for (const id of ['incoming-add', 'incoming-block']) {
        await page.getByTestId(id).click({ trial: true });
        expect(await page.getByTestId(id).getAttribute('aria-label')).not.toBe('');
      }
    });
  });
});
