import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import encodeQR from 'qr';
import { describe, expect, it } from 'vitest';
import { formatPeerId, peerLink } from '#shared/identity/peerId.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { imageSize } from './imageSize.ts';
import { centreSquare, decodingSize } from './pictureRules.ts';
import { meaningOfQr, qrText } from './qrText.ts';

const id = personId(1);

/** A QR code as black and white pixels. */
function painted(text: string, scale: number) {
  const rows = encodeQR(text, 'raw', { border: 4 });
  const width = rows.length * scale;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  rows.forEach((row, y) =>
    row.forEach((dark, x) => {
      for (let dy = 0; dark && dy < scale; dy += 1) {
        for (let dx = 0; dx < scale; dx += 1) {
          data.fill(
            0,
            ((y * scale + dy) * width + x * scale + dx) * 4,
            ((y * scale + dy) * width + x * scale + dx) * 4 + 3,
          );
        }
      }
    }),
  );
  return { width, height: width, data };
}

describe('a QR code', () => {
  it.each([
    ['a link', peerLink(id)],
    ['an address of the web', 'https://example.org/some/where?else=1'],
    ['Chinese', '你好，世界'],
  ])('of %s is read as it was written', (_what, text) => {
    expect(qrText(painted(text, 6), 5_000)).toBe(text);
  });

  it('is not found in a picture without one', () => {
    const data = new Uint8ClampedArray(200 * 200 * 4).map((_, index) => (index * 7919) % 256);
    expect(qrText({ width: 200, height: 200, data }, 500)).toBeUndefined();
    expect(qrText({ width: 1, height: 1, data: new Uint8ClampedArray(4) }, 500)).toBeUndefined();
  });

  it.each([peerLink(id), formatPeerId(id), id.toLowerCase(), `peerline:${id}?server=wss://a.example`])(
    'that says %j means an id',
    (text) => {
      expect(meaningOfQr(text)).toEqual({ kind: 'id', id });
    },
  );

  it('with a mistyped id is told from one about something else', () => {
    const wrong = `${id.slice(0, -1)}${id.endsWith('7') ? '8' : '7'}`;
    expect(meaningOfQr(`peerline:${wrong}`)).toEqual({ kind: 'wrongId' });
    expect(meaningOfQr(wrong)).toEqual({ kind: 'wrongId' });
    expect(meaningOfQr('https://example.org/')).toEqual({ kind: 'other', text: 'https://example.org/' });
  });

  it('shows a foreign text without what would turn the sentence around it', () => {
    const text = `https://example.org/\u202E\u0007${'\u{1F469}'.repeat(60)}`;
    const shown = `https://example.org/${'\u{1F469}'.repeat(30)}`;
    expect(meaningOfQr(text)).toEqual({ kind: 'other', text: shown });
  });

  it('shows little of a long foreign text', () => {
    expect(meaningOfQr('WIFI:'.repeat(500))).toMatchObject({ kind: 'other', text: 'WIFI:'.repeat(16) });
  });
});

describe('the size of a picture', () => {
  const bytes = (...parts: readonly (string | readonly number[])[]) =>
    Uint8Array.from(
      parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : [...part])),
    );

  it('is read from a real PNG', () => {
    const png = readFileSync(new URL('../icon.png', import.meta.url));
    expect(imageSize(png)).toEqual({ width: 64, height: 64 });
  });

  it.each([
    [
      'JPEG',
      bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc2, 0, 11, 8, 0x0e, 0x10, 0x15, 0x18, 3, 0, 0]),
      { width: 5_400, height: 3_600 },
    ],
    ['GIF', bytes('GIF89a', [0x40, 1, 0xf0, 0]), { width: 320, height: 240 }],
    [
      'WebP, extended',
      bytes('RIFF    WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0, 0xff, 0x0f, 0, 0xff, 0x07, 0]),
      { width: 4_096, height: 2_048 },
    ],
    [
      'WebP, lossless',
      bytes('RIFF    WEBPVP8L', [0, 0, 0, 0, 0x2f, 0xff, 0xc0, 0x3f, 0]),
      { width: 256, height: 256 },
    ],
    [
      'WebP, lossy',
      bytes('RIFF    WEBPVP8 ', [0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 0, 1, 0x80, 0]),
      { width: 256, height: 128 },
    ],
  ])('is read from the head of a %s', (_what, head, size) => {
    expect(imageSize(head)).toEqual(size);
  });

  it('of anything else is unknown, and nothing makes it throw', () => {
    expect(imageSize(bytes('<svg width="9"/>'))).toBeUndefined();
    fc.assert(
      fc.property(
        fc.constantFrom(
          '',
          '\u00ff\u00d8\u00ff',
          '\u0089PNG\r\n\u001a\n\u0000\u0000\u0000\rIHDR',
          'GIF89a',
          'RIFF    WEBPVP8X',
          'RIFF    WEBPVP8L',
        ),
        fc.uint8Array({ maxLength: 64 }),
        (head, rest) => {
          expect(() => imageSize(bytes(head, [...rest]))).not.toThrow();
        },
      ),
    );
  });
});

describe('the part of a picture that is kept', () => {
  it.each([
    [
      { width: 400, height: 300 },
      { x: 50, y: 0, side: 300 },
    ],
    [
      { width: 300, height: 401 },
      { x: 0, y: 50, side: 300 },
    ],
    [
      { width: 1, height: 1 },
      { x: 0, y: 0, side: 1 },
    ],
  ])('of %o is the square in the middle', (size, square) => {
    expect(centreSquare(size)).toEqual(square);
  });

  it.each([
    [
      { width: 5_472, height: 3_648 },
      { width: 1_600, height: 1_067 },
    ],
    [
      { width: 33, height: 33 },
      { width: 330, height: 330 },
    ],
    [
      { width: 800, height: 600 },
      { width: 800, height: 600 },
    ],
  ])('for a QR code, of %o, is as large as %o', (size, wanted) => {
    expect(decodingSize(size, 1_600)).toEqual(wanted);
  });
});
