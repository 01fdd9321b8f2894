/** The fewest characters that a backup takes (`identityBackup` in the contract). */
const passphraseChars = 8;

export type PassphraseStrength = 'short' | 'weak' | 'fair' | 'good';

/** Bits that a guess has to find, from which on a passphrase counts as fair and as good. */
const fairBits = 34;
const goodBits = 50;

/** What one more character adds, in bits: letters follow each other as in words, other signs less so. */
const letterBits = 2.5;
const firstLetterBits = 4.5;
const digitBits = 3;
const signBits = 4;
const ideographBits = 8;

const isLetter = (character: string): boolean => /\p{L}/u.test(character);

function bitsOf(character: string, previous: string): number {
  if (/\p{Nd}/u.test(character)) {
    return digitBits;
  }
  if (/\p{Script=Han}|\p{Script=Hangul}/u.test(character)) {
    return ideographBits;
  }
  if (!isLetter(character)) {
    return signBits;
  }
  return isLetter(previous) ? letterBits : firstLetterBits;
}

/** The same character again, or the next of a row such as abc and 321, adds next to nothing. */
const isRow = (previous: string, character: string): boolean =>
  Math.abs((character.codePointAt(0) ?? 0) - (previous.codePointAt(0) ?? 0)) <= 1;

/**
 * A hint how hard a passphrase is to guess, no more: it knows no list of words. Against a thief with a backup
 * every guess costs a quarter of a gigabyte and the better part of a second.
 */
export function passphraseStrength(passphrase: string): PassphraseStrength {
  const characters = Array.from(passphrase.normalize('NFKC').toLowerCase());
  if (passphrase.length < passphraseChars) {
    return 'short';
  }
  const words = passphrase.toLowerCase().split(/\s+/);
  const repeated = 1 - new Set(words).size / words.length;
  const bits = characters.reduce((sum, character, index) => {
    const previous = characters[index - 1] ?? '';
    return sum + (isRow(previous, character) ? 0.5 : bitsOf(character, previous));
  }, 0);
  const counted = bits * (1 - repeated);
  if (counted >= goodBits) {
    return 'good';
  }
  return counted >= fairBits ? 'fair' : 'weak';
}
