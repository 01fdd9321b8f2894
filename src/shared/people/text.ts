import { z } from 'zod';

/**
 * Control characters, and the marks that change the direction of the text around them (Unicode bidirectional
 * algorithm, UAX #9): a name must not be able to rewrite the sentence it stands in.
 */
const unwanted = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu;
const unwantedExceptLineFeed = /(?!\n)[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/** Nothing of it would be seen: joiners, fillers, variation selectors (Unicode, Default_Ignorable_Code_Point). */
const invisible = /^[\p{Default_Ignorable_Code_Point}\s]*$/u;

const visible = (text: string): string => (invisible.test(text) ? '' : text);

/** Cuts at a whole character as people see them, so that an emoji or an accent is never halved. */
function shorten(text: string, chars: number): string {
  if (text.length <= chars) {
    return text;
  }
  let kept = '';
  for (const point of text) {
    if (kept.length + point.length > chars) {
      break;
    }
    kept += point;
  }
  return kept.replace(/(?:\u200D|\uFE0F|\p{M})+$/u, '');
}

/**
 * One line of text as it may be kept and shown: no control characters, single spaces, at most `chars` UTF-16 units;
 * empty where nothing would be seen.
 */
export const cleanLine = (text: string, chars: number): string =>
  visible(
    shorten(
      text
        .slice(0, chars * 4)
        .toWellFormed()
        .replace(/\s+/gu, ' ')
        .replace(unwanted, '')
        .replace(/ {2,}/g, ' ')
        .trim(),
      chars,
    ),
  );

/** Like `cleanLine`, but keeps line feeds. */
export const cleanLines = (text: string, chars: number): string =>
  shorten(
    text
      .slice(0, chars * 4)
      .toWellFormed()
      .replace(/\r\n?/g, '\n')
      .replaceAll('\t', ' ')
      .replace(unwantedExceptLineFeed, '')
      .trim(),
    chars,
  );

/** Accepts any text up to a generous bound and gives back a clean line. */
export const lineSchema = (chars: number) =>
  z
    .string()
    .max(100_000)
    .transform((text) => cleanLine(text, chars));

export const linesSchema = (chars: number) =>
  z
    .string()
    .max(100_000)
    .transform((text) => cleanLines(text, chars));
