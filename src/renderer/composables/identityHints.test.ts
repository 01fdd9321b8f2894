import { describe, expect, it } from 'vitest';
import { samplePhrase } from '#tests/support/uiHarness/identityScenes.ts';
import { passphraseStrength } from './passphrase.ts';
import { readPhrase } from './phraseReading.ts';

describe('passphraseStrength', () => {
  it.each([
    ['', 'short'],
    ['secret1', 'short'],
    ['password', 'weak'],
    ['12345678901234567890', 'weak'],
    ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['abcdefghijklmnopqrstuvwxyz', 'weak'],
    ['haus haus haus haus haus', 'weak'],
    ['green window', 'weak'],
    ['green window 49', 'fair'],
    ['four words that nobody guesses', 'good'],
    ['k7#Vq9!xR2$mW5&z', 'good'],
    ['春天的窗户总是朝北', 'good'],
  ])('calls %j %s', (passphrase, strength) => {
    expect(passphraseStrength(passphrase)).toBe(strength);
  });
});

describe('readPhrase', () => {
  it('counts the words as they come', () => {
    expect(readPhrase('1. legal\n2. winner\n3. tha')).toEqual({ count: 3, unknown: null, complete: false });
  });

  it('names the first word that no phrase contains, once it is typed to its end', () => {
    expect(readPhrase('legal winnner').unknown).toBeNull();
    expect(readPhrase('legal winnner ').unknown).toEqual({ place: 2, word: 'winnner' });
    expect(readPhrase(samplePhrase.replace(/\w+$/, 'titel')).unknown).toEqual({ place: 24, word: 'titel' });
  });

  it('is complete with 24 words of the list', () => {
    expect(readPhrase(samplePhrase)).toEqual({ count: 24, unknown: null, complete: true });
    expect(readPhrase(`${samplePhrase} title`).complete).toBe(false);
  });
});
