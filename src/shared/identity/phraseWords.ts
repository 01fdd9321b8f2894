/** Words of a recovery phrase: BIP-39 for 256 bits. */
export const phraseWordCount = 24;

/**
 * The words in a text that a person typed, pasted or read off paper: case, spaces, line breaks, numbering and
 * signs between the words do not count, nor does the width in which an East Asian keyboard writes letters.
 */
export const phraseWords = (text: string): readonly string[] =>
  text
    .slice(0, 1_024)
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
    .match(/\p{L}+/gu) ?? [];
