import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phraseOf, seedFromPhrase } from './recoveryPhrase.ts';

const seed = Uint8Array.from({ length: 32 }, (_, index) => index * 5 + 1);
const phrase = phraseOf(seed);
const words = phrase.split(' ');

describe('the recovery phrase', () => {
  it('has 24 words and gives its seed back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const text = phraseOf(bytes);
        const read = seedFromPhrase(text);
        return text.split(' ').length === 24 && read.ok && Buffer.compare(read.value, bytes) === 0;
      }),
      { numRuns: 30 },
    );
  });

  it('is the one that BIP-39 gives as an example', () => {
    expect(phraseOf(new Uint8Array(32).fill(0x7f))).toBe(
      'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title',
    );
  });

  it.each([
    ['capitals', phrase.toUpperCase()],
    ['line breaks and tabs', `\n ${words.join('\r\n\t')} \n`],
    ['numbers with a full stop', words.map((word, index) => `${index + 1}. ${word}`).join('\n')],
    ['numbers that touch the words', words.map((word, index) => `${index + 1})${word}`).join(' ')],
    ['commas', words.join(', ')],
    [
      'the wide letters of an East Asian keyboard',
      phrase.replace(/[a-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
    ],
    ['invisible characters', words.map((word) => `${word.slice(0, 2)}\u200B${word.slice(2)}`).join('\u00A0')],
  ])('is read with %s', (_what, text) => {
    expect(seedFromPhrase(text)).toEqual({ ok: true, value: seed });
  });

  it.each([
    ['nothing', ''],
    ['a word too few', words.slice(1).join(' ')],
    ['a word too many', `${phrase} ${words[0] ?? ''}`],
    ['a word that is not in the list', [...words.slice(1), 'peerline'].join(' ')],
    ['two words swapped', [words[1], words[0], ...words.slice(2)].join(' ')],
    [
      'twelve words of another program',
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
    ],
    ['an endless text', 'legal '.repeat(100_000)],
  ])('is refused with %s', (_what, text) => {
    expect(seedFromPhrase(text)).toMatchObject({ ok: false, error: { code: 'PHRASE_INVALID' } });
  });

  it('names no word in what it says about a wrong one', () => {
    const read = seedFromPhrase([...words.slice(1), 'peerline'].join(' '));
    expect(JSON.stringify(read)).not.toContain('peerline');
  });
});
