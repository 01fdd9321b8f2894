/** Letters that Unicode does not take apart into a letter and an accent. */
const inseparable: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ħ: 'h',
};

/** Accents, Hebrew points, Arabic vowel marks, and the marks that choose between text and emoji. */
const marks = /(?:[\u0300-\u036F]|[\u0591-\u05C7]|[\u064B-\u0652]|\u0670|[\u20D0-\u20FF]|[\uFE00-\uFE0F])+/gu;

/** Text as it is compared in a search: lower case, without accents, width and ligatures undone. */
export const foldText = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(marks, '')
    .toLowerCase()
    .replace(/[ßøłđðþæœıħ]/g, (letter) => inseparable[letter] ?? letter)
    .replace(/\s+/gu, ' ')
    .trim();
