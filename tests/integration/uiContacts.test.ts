import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatPeerId, peerLink } from '#shared/identity/peerId.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { blankPicture, cardFile } from '#tests/support/uiHarness/contactFiles.ts';
import { choose, framesDuring, names, saves, total } from '#tests/support/uiHarness/contactProbes.ts';
import { commands } from '#tests/support/uiHarness/harnessOf.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

/** Waits longer than vitest does by itself: pictures and files are read beside the page. */
const until = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 20_000 });

const on = openScreens();

describe('the list of contacts', () => {
  it('has favourites first, then letters of Latin and Chinese names together', async () => {
    await on({ scene: 'contacts', size: { width: 1080, height: 1400 } }, async (page) => {
      await until(async () => page.getByTestId('contacts').locator('h3').allInnerTexts()).toEqual([
        'Favourites',
        'A',
        'C',
        'H',
        'N',
        'W',
        'Z',
        'א',
        'م',
        '#',
      ]);
      expect((await names(page)).slice(0, 3)).toEqual(['Atelier', '上海办公室', 'Äußere Werkstatt']);
    });
  });

  it('puts a part of five thousand on the page, and the keyboard reaches all', async () => {
    await on({ scene: 'contactsMany' }, async (page) => {
      expect(await total(page)).toBe(contactBounds.contacts);
      expect(await page.getByTestId('contact').count()).toBeLessThan(60);
      await page.getByTestId('contact-search').focus();
      await page.keyboard.press('ArrowDown');
      const position = async () => page.evaluate(() => document.activeElement?.closest('li')?.ariaPosInSet);
      expect(await position()).toBe('1');
      await page.keyboard.press('End');
      await until(position).toBe(String(contactBounds.contacts));
      await page.keyboard.press('ArrowUp');
      await until(position).toBe(String(contactBounds.contacts - 1));
      await page.keyboard.press('Home');
      await until(position).toBe('1');
      await page.keyboard.press('Enter');
      await page.getByTestId('contact-detail').waitFor();
    });
  });

  it('answers every letter of a search among five thousand', async () => {
    await on({ scene: 'contactsMany' }, async (page) => {
      await page.getByTestId('contact-search').focus();
      // The readings of Chinese characters come with the first use.
      await page.getByTestId('contact-search').fill('zho');
      await until(async () => total(page)).toBeGreaterThan(10);
      await page.getByTestId('contact-search').fill('');
      const answered = await page.evaluate(async () => {
        const input = document.querySelector<HTMLInputElement>('[data-testid="contact-search"]');
        const list = document.querySelector<HTMLElement>('[data-testid="contacts"]');
        const totals: (string | undefined)[] = [];
        for (const text of ['z', 'zh', 'zhs', '12', 'office 4', 'nothing here']) {
          if (input !== null) {
            input.value = text;
            input.dispatchEvent(new Event('input', { bubbles: true }));
          }
          // Before the next letter, not some time after the last one.
          await new Promise((resolve) => setTimeout(resolve, 0));
          totals.push(list?.dataset.total);
        }
        return totals;
      });
      expect(answered.map(Number)).toEqual([916, 788, 87, 132, 1_389, 0]);
    });
  });

  it('finds by pinyin, accents and id, and says how many', async () => {
    await on({ scene: 'contacts' }, async (page) => {
      const search = page.getByTestId('contact-search');
      for (const [text, wanted] of [
        ['shbgs', ['上海办公室']],
        ['aussere', ['Äußere Werkstatt']],
        [formatPeerId(personId(14)).slice(0, 11), ['Home desktop']],
        ['erlou', []],
      ] as const) {
        await search.fill(text);
        await until(async () => names(page)).toEqual(wanted);
      }
      expect(await page.getByTestId('contacts-found').innerText()).toBe('Nobody found');
      await search.press('Escape');
      await until(async () => total(page)).toBe(13);
    });
  });

  it('gives way to the contact where there is one pane, and comes back with the focus', async () => {
    await on({ scene: 'contacts', size: { width: 360, height: 480 } }, async (page) => {
      await page.getByTestId('contact').first().click();
      await page.getByTestId('contact-detail').waitFor();
      expect(await page.getByTestId('contact-search').count()).toBe(0);
      await page.getByTestId('contact-back').click();
      await until(async () => page.evaluate(() => document.activeElement?.closest('li')?.dataset.id)).toBe(
        personId(10),
      );
    });
  });

  it('opens by its key', async () => {
    await on({ scene: 'home' }, async (page) => {
      await page.keyboard.press('p');
      await page.getByTestId('contacts-page').waitFor();
    });
  });
});

describe('a contact', () => {
  it('is called with and without picture', async () => {
    await on({ scene: 'contactOpen' }, async (page) => {
      await page.getByTestId('contact-video').click();
      await page.getByTestId('contact-voice').click();
      expect((await commands(page)).filter(([name]) => name === 'dial')).toEqual([
        ['dial', personId(10), { video: true }],
        ['dial', personId(10), { video: false }],
      ]);
    });
  });

  it('is edited in its place, and keeps of a long name what fits', async () => {
    await on({ scene: 'contactEdit' }, async (page) => {
      await page.getByTestId('contact-name-input').fill(' ');
      await page.getByTestId('contact-save').click();
      await page.getByText('Enter a name.').waitFor();
      expect(await saves(page)).toEqual([]);
      await page.getByTestId('contact-name-input').fill('x'.repeat(10_000));
      await page.getByTestId('contact-name-hint').getByText('xxx').waitFor();
      await page.getByTestId('contact-save').click();
      await until(async () => page.getByTestId('contact-name').innerText()).toBe(
        'x'.repeat(contactBounds.name),
      );
      expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
        'contact-edit',
      );
    });
  });

  it('shows script as text and runs none of it', async () => {
    await on({ scene: 'contactScript' }, async (page) => {
      expect(await page.getByTestId('contact-name').innerText()).toBe('<img src=x onerror=alert(1)>');
      expect(await page.getByTestId('contact-note').innerText()).toBe('<script>alert(1)</script>');
    });
  });

  it('from right to left turns its own line only', async () => {
    await on({ scene: 'contactRightToLeft' }, async (page) => {
      const direction = async (id: string) =>
        page.getByTestId(id).evaluate((element) => getComputedStyle(element).direction);
      expect(await direction('contact-name')).toBe('rtl');
      expect(await direction('contact-id')).toBe('ltr');
    });
  });

  it('becomes a favourite, is blocked and hides the own presence', async () => {
    await on({ scene: 'contactLong' }, async (page) => {
      await page.getByTestId('contact-favourite').click();
      await page.getByTestId('contact-presence').click();
      await page.getByTestId('contact-block').click();
      await until(async () => page.getByTestId('contact-block').innerText()).toBe('Unblock');
      expect(await saves(page)).toMatchObject([
        { favourite: true, seesPresence: true },
        { favourite: true, seesPresence: false },
      ]);
    });
  });

  it('is deleted at once and comes back by Undo', async () => {
    await on({ scene: 'contactRemoved' }, async (page) => {
      await page.getByText('Atelier was deleted.').waitFor();
      expect(await page.getByTestId('contact-detail').count()).toBe(0);
      await page.getByTestId('contact-undo').click();
      await until(async () => page.getByTestId('contact-name').innerText()).toBe('Atelier');
      expect(await page.getByTestId('contact-removed').count()).toBe(0);
    });
  });
});

describe('vCard files', () => {
  it('that were exported are imported elsewhere', async () => {
    let text = '';
    await on({ scene: 'contactsMenu' }, async (page) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByTestId('contacts-export').click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/^peerline-contacts-\d{4}-\d\d-\d\d\.vcf$/);
      text = await readFile(await download.path(), 'utf8');
    });
    expect(text.match(/BEGIN:VCARD/g)).toHaveLength(13);
    await on({ scene: 'contactsEmpty' }, async (page) => {
      await page.getByTestId('contacts-menu').click();
      await page.getByTestId('contacts-import').click();
      await choose(page, 'import-file', cardFile(text));
      await page.getByText('Added: 13. Changed: 0.').waitFor();
      await page.getByTestId('import-done').click();
      expect(await total(page)).toBe(13);
      expect((await names(page)).slice(0, 2)).toEqual(['Atelier', '上海办公室']);
    });
  });

  it('of one contact carry its name', async () => {
    await on({ scene: 'contactScript' }, async (page) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByTestId('contact-export').click(),
      ]);
      expect(download.suggestedFilename()).toBe('img src=x onerror=alert(1).vcf');
    });
  });

  it('say what became of every card', async () => {
    await on({ scene: 'contactsImported' }, async (page) => {
      const said = await page.getByTestId('import-summary').innerText();
      for (const sentence of ['Added: 1. Changed: 1.', 'no Peerline id', 'mistake', 'damaged', 'your own']) {
        expect(said).toContain(sentence);
      }
    });
  });

  it('of ten megabytes do not hold the page up', async () => {
    const photo = `PHOTO:data:image/png;base64,${blankPicture(600, 400).buffer.toString('base64')}`;
    const cards = Array.from({ length: 2_500 }, (_, seed) =>
      [
        'BEGIN:VCARD',
        'VERSION:4.0',
        `FN:Person ${seed}`,
        `IMPP:${peerLink(personId(seed + 5_000))}`,
        `NOTE:${'long '.repeat(800)}`,
        ...(seed % 25 === 0 ? [photo] : []),
        'END:VCARD',
        '',
      ].join('\r\n'),
    );
    const folder = await mkdtemp(join(tmpdir(), 'peerline-cards-'));
    const path = join(folder, 'people.vcf');
    await writeFile(path, cards.join(''));
    await on({ scene: 'contactsImport' }, async (page) => {
      const frames = await framesDuring(page, async () => {
        await page.getByTestId('import-file').setInputFiles(path);
        await page.getByText('Added: 2,500. Changed: 0.').waitFor({ timeout: 60_000 });
      });
      expect(frames).toBeGreaterThan(10);
    });
    await rm(folder, { recursive: true, force: true });
  });
});

describe('the dial field', () => {
  it('calls a contact by name, chosen with the arrow keys', async () => {
    await on({ scene: 'home' }, async (page) => {
      const input = page.getByTestId('dial-input');
      await input.fill('o');
      await until(async () => page.getByTestId('dial-suggestion').count()).toBeGreaterThan(1);
      await input.press('ArrowDown');
      const id = await page.locator('[aria-selected="true"]').getAttribute('data-id');
      expect(await page.getByTestId('dial-suggestion').nth(1).getAttribute('data-id')).toBe(id);
      await input.press('Enter');
      expect((await commands(page)).at(-1)).toEqual(['dial', id, { video: true }]);
    });
  });

  it('says whom Enter calls, found by pinyin', async () => {
    await on({ scene: 'dialPinyin' }, async (page) => {
      await until(async () => page.getByTestId('dial-hint').innerText()).toBe('Enter calls 重庆仓库');
      await page.getByTestId('dial-input').press('Escape');
      expect(await page.getByTestId('dial-suggestion').first().isVisible()).toBe(false);
      await page.getByTestId('dial-input').press('Enter');
      expect((await commands(page)).at(-1)).toEqual(['dial', personId(13), { video: true }]);
    });
  });

  it('says that nobody has this name, and calls nobody', async () => {
    await on({ scene: 'dialNobody' }, async (page) => {
      await page.getByTestId('dial-input').press('Enter');
      await until(async () => page.getByTestId('dial-hint').innerText()).toContain('No contact is called');
      expect((await commands(page)).map(([name]) => name)).not.toContain('dial');
    });
  });
});
