import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, cleanLines } from './text.ts';

/** Halves of surrogate pairs, as a broken program sends them. */
const halves = fc
  .array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 50 })
  .map((units) => String.fromCharCode(...units));

const isWhole = (text: string): boolean => text.isWellFormed();

describe('a line of text', () => {
  it('loses control characters and marks that turn the text around it', () => {
    expect(cleanLine('a\u0000b\u202Ec\u2066d\u200Fe\u001B[31m', 200)).toBe('abcde[31m');
  });

  it('keeps right-to-left letters, emoji and script as text', () => {
    const names = ['\u05E9\u05DC\u05D5\u05DD', '\u{1F469}\u200D\u{1F680}', '<script>alert(1)</script>'];
    expect(names.map((name) => cleanLine(name, 200))).toEqual(names);
  });

  it('has single spaces and no line breaks', () => {
    expect(cleanLine('  North \r\n\t office ', 200)).toBe('North office');
    expect(cleanLine('a \u202E b', 20)).toBe('a b');
  });

  it.each(['\u200B', '\u3164', '\u00AD \u2060', '\u{E0041}\uFE0F'])(
    'is none when %j is all of it',
    (text) => {
      expect(cleanLine(text, 200)).toBe('');
    },
  );

  it('of 10,000 characters is cut', () => {
    expect(cleanLine('x'.repeat(10_000), 200)).toBe('x'.repeat(200));
  });

  it('is cut beside an emoji and never inside one', () => {
    const name = `${'x'.repeat(198)}\u{1F469}\u200D\u{1F680}`;
    expect(cleanLine(name, 200)).toBe(`${'x'.repeat(198)}\u{1F469}`);
    expect(cleanLine(name, 199)).toBe('x'.repeat(198));
  });

  it('is clean, short and whole whatever it was made of, and cleaning again changes nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), halves),
        fc.integer({ min: 1, max: 100 }),
        (text, chars) => {
          const line = cleanLine(text, chars);
          expect(line.length).toBeLessThanOrEqual(chars);
          expect(isWhole(line)).toBe(true);
          expect(line).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
          expect(cleanLine(line, chars)).toBe(line);
        },
      ),
    );
  });
});

it('several lines keep their words apart', () => {
  expect(cleanLines('Monday\t9\nFriday\t8', 200)).toBe('Monday 9\nFriday 8');
});

it('several lines keep their line feeds and nothing else of the kind', () => {
  expect(cleanLines('a\r\nb\rc\n\u0007d\u202E', 200)).toBe('a\nb\nc\nd');
});
