import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatPeerId, peerLink } from '#shared/identity/peerId.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { blankPicture, cardFile, qrPicture } from '#tests/support/uiHarness/contactFiles.ts';
import { choose, framesDuring, saves } from '#tests/support/uiHarness/contactProbes.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

/** Waits longer than vitest does by itself: pictures and files are read beside the page. */
const until = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 20_000 });

const on = openScreens();

describe('adding', () => {
  it('takes a text with an id in it, and asks for a name', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await page.getByTestId('add-id').fill(`my id is ${formatPeerId(personId(50)).toLowerCase()} bye`);
      await page.getByText('Understood').waitFor();
      await page.getByTestId('add-save').click();
      await page.getByText('Enter a name.').waitFor();
      await page.getByTestId('contact-name-input').fill('Gallery');
      await page.getByTestId('add-save').click();
      await until(async () => page.getByTestId('contact-name').innerText()).toBe('Gallery');
      expect((await saves(page)).map(({ id, name }) => ({ id, name }))).toEqual([
        { id: personId(50), name: 'Gallery' },
      ]);
    });
  });

  it.each([
    ['the own id', formatPeerId(personId(0)), 'This is your own id.'],
    ['somebody who is there', personId(10), 'Already in your contacts: Atelier'],
    ['a part of an id', '4F7KQ-2M9', '8 of 25'],
    ['a wrong character', '4F7KQ-2M9XA-HB3WD-P0ZRN-6C8VE', 'One character is wrong'],
    ['a character that no id has', '4F7KQ-2M9XU', 'Group 2'],
    ['nothing of the kind', 'There is certainly nothing in this sentence that could be an id.', 'no id'],
  ])('says what is the matter with %s', async (_what, text, said) => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await page.getByTestId('add-id').fill(text);
      await until(async () => page.getByTestId('add-hint').innerText()).toContain(said);
      await page
        .getByTestId('contact-name-input')
        .fill('Somebody', { timeout: 2_000 })
        .catch(() => undefined);
      await page.getByTestId('add-save').click();
      expect(await saves(page)).toEqual([]);
    });
  });

  it('names the group of one wrong character in an id that is known', async () => {
    await on({ scene: 'contactAddNear' }, async (page) => {
      await until(async () => page.getByTestId('add-hint').innerText()).toContain('look at group 3');
    });
  });

  it('says when the address book is full', async () => {
    await on({ scene: 'contactAddFull' }, async (page) => {
      await page.getByTestId('add-refused').waitFor();
    });
  });

  it('reads the QR code of a picture', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await choose(page, 'add-picture-file', qrPicture(peerLink(personId(51))));
      await until(async () => page.getByTestId('add-id').inputValue()).toBe(formatPeerId(personId(51)));
      await until(async () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
        'contact-name-input',
      );
    });
  });

  it.each([
    [
      'about something else',
      qrPicture('https://example.org/a'),
      'about something else: https://example.org/a',
    ],
    ['with a mistyped id', qrPicture('peerline:00000-00000-00000-00000-00007'), 'with a mistake in it'],
    ['that is not there', blankPicture(300, 200), 'No QR code was found'],
    ['in a file that is no picture', cardFile('not a picture'), 'not a picture that can be read'],
    ['in a picture without end', blankPicture(20_000, 20_000), 'more than 50 megapixels'],
  ])('says it of a QR code %s', async (_what, file, said) => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await choose(page, 'add-picture-file', file);
      await until(async () => page.getByTestId('add-said').innerText()).toContain(said);
      expect(await page.getByTestId('add-id').inputValue()).toBe('');
    });
  });

  it('reads the QR code of a picture from the clipboard', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      const { buffer, mimeType } = qrPicture(peerLink(personId(52)));
      await page.getByTestId('add-id').evaluate(
        (input, [base64, type]) => {
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], 'pasted', { type }));
          input.dispatchEvent(
            new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
          );
        },
        [buffer.toString('base64'), mimeType] as const,
      );
      await until(async () => page.getByTestId('add-id').inputValue()).toBe(formatPeerId(personId(52)));
    });
  });

  it('opens the camera on a click only, reads the code it shows, and lets go of it', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      const { buffer, mimeType } = qrPicture(peerLink(personId(53)));
      await page.evaluate(
        async ([base64, type]) => {
          const image = new Image();
          image.src = `data:${type};base64,${base64}`;
          await image.decode();
          const canvas = document.createElement('canvas');
          canvas.width = 640;
          canvas.height = 480;
          const draw = () => {
            const context = canvas.getContext('2d');
            context?.fillRect(0, 0, 640, 480);
            context?.drawImage(image, 180, 100, 280, 280);
            requestAnimationFrame(draw);
          };
          draw();
          const opened: MediaStream[] = [];
          Object.assign(window, { opened });
          navigator.mediaDevices.getUserMedia = async () => {
            const stream = canvas.captureStream(15);
            opened.push(stream);
            return Promise.resolve(stream);
          };
        },
        [buffer.toString('base64'), mimeType] as const,
      );
      const open = async () =>
        page.evaluate(() => {
          const { opened } = window as unknown as { opened: MediaStream[] };
          return opened.map((stream) =>
            stream
              .getTracks()
              .map(({ readyState }) => readyState)
              .join(),
          );
        });
      expect(await open()).toEqual([]);
      await page.getByTestId('add-camera').click();
      await until(async () => page.getByTestId('add-id').inputValue()).toBe(formatPeerId(personId(53)));
      await until(open).toEqual(['ended']);
    });
  });

  it('lets go of the camera when the dialog is closed', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await page.evaluate(() => {
        const canvas = document.createElement('canvas');
        canvas.getContext('2d');
        const stream = canvas.captureStream(5);
        Object.assign(window, { stream });
        navigator.mediaDevices.getUserMedia = async () => Promise.resolve(stream);
      });
      const state = async () =>
        page.evaluate(() => (window as unknown as { stream: MediaStream }).stream.getTracks()[0]?.readyState);
      await page.getByTestId('add-camera').click();
      await page.getByTestId('qr-camera').waitFor();
      expect(await state()).toBe('live');
      await page.getByTestId('add-contact-close').click();
      await until(state).toBe('ended');
    });
  });

  it('says when the camera goes away while it looks', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await page.evaluate(() => {
        const canvas = document.createElement('canvas');
        canvas.getContext('2d');
        const stream = canvas.captureStream(5);
        Object.assign(window, { stream });
        navigator.mediaDevices.getUserMedia = async () => Promise.resolve(stream);
      });
      await page.getByTestId('add-camera').click();
      await until(async () =>
        page
          .getByTestId('qr-camera')
          .locator('video')
          .evaluate((video) => video instanceof HTMLVideoElement && video.srcObject !== null),
      ).toBe(true);
      await page.evaluate(() => {
        const [track] = (window as unknown as { stream: MediaStream }).stream.getTracks();
        track?.dispatchEvent(new Event('ended'));
      });
      await page.getByTestId('qr-camera-problem').waitFor();
      expect(await page.getByTestId('qr-camera-problem').getAttribute('data-problem')).toBe('none');
    });
  });

  it('says politely that there is no camera, and what to do instead', async () => {
    await on({ scene: 'contactAdd' }, async (page) => {
      await page.getByTestId('add-camera').click();
      await page.getByTestId('qr-camera-problem').waitFor();
      expect(await page.getByTestId('qr-camera-problem').innerText()).toContain('You can enter the id');
    });
  });
});

describe('a picture', () => {
  it('of twenty megapixels becomes a small square without holding the page up', async () => {
    await on({ scene: 'contactEdit' }, async (page) => {
      const frames = await framesDuring(page, async () => {
        await choose(page, 'picture-file', blankPicture(5_472, 3_648));
        await page.getByTestId('picture-chosen').waitFor({ timeout: 30_000 });
      });
      expect(frames).toBeGreaterThan(3);
      await page.getByTestId('contact-save').click();
      await until(async () => (await saves(page)).length).toBe(1);
      const [saved] = await saves(page);
      expect(saved?.picture).toMatch(/^data:image\/jpeg;base64,/);
      expect(saved?.picture?.length).toBeLessThan(contactBounds.pictureChars);
      const shown = page.getByTestId('contact-detail').locator('img').first();
      await until(async () => shown.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(
        contactBounds.pictureSize,
      );
    });
  });

  it.each([
    ['is none', cardFile('BEGIN:VCARD'), 'not a picture'],
    ['has too many pixels', blankPicture(8_000, 7_000), '50 megapixels'],
  ])('that %s is refused with the reason, and the contact keeps what it had', async (_what, file, said) => {
    await on({ scene: 'contactEdit' }, async (page) => {
      await choose(page, 'picture-file', file);
      await until(async () => page.getByTestId('picture-problem').innerText()).toContain(said);
      await page.getByTestId('contact-save').click();
      await until(async () => (await saves(page)).length).toBe(1);
      expect((await saves(page))[0]).not.toHaveProperty('picture');
    });
  });

  it('that is too large is refused with the reason', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'peerline-picture-'));
    // By its path: through the page, thirty megabytes would take as long as the rest of the tests.
    const path = join(folder, 'large.jpg');
    await writeFile(path, Buffer.alloc(31 * 1024 * 1024));
    await on({ scene: 'contactEdit' }, async (page) => {
      await page.getByTestId('picture-file').setInputFiles(path);
      await until(async () => page.getByTestId('picture-problem').innerText()).toContain('30 MB');
    });
    await rm(folder, { recursive: true, force: true });
  });
});

describe('a QR code of the own link', () => {
  it('is saved as a picture that can be read again', async () => {
    await on({ scene: 'myQr' }, async (page) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByTestId('qr-save').click(),
      ]);
      const buffer = await readFile(await download.path());
      await page.getByTestId('qr-close').click();
      await page.getByTestId('contact-add').click();
      await choose(page, 'add-picture-file', { name: 'mine.png', mimeType: 'image/png', buffer });
      await until(async () => page.getByTestId('add-id').inputValue()).toBe(formatPeerId(personId(0)));
      await page.getByText('This is your own id.').waitFor();
    });
  });
});
