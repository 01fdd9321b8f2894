import { shortPeerId } from './display.ts';
import type { DialReading } from './dialReading.ts';

type Translate = (key: string, values?: Record<string, string | number>) => string;

export interface ReadingText {
  readonly text: string;
  readonly wrong: boolean;
}

/** What is wrong with a text that should hold an id, or undefined for one that holds it. */
export function readingProblem(
  reading: DialReading,
  t: Translate,
  /** The person wants to go on with what is there: an unfinished id is then an error. */
  asked: boolean,
): ReadingText | undefined {
  switch (reading.kind) {
    case 'id':
      return undefined;
    case 'empty':
      return asked ? { text: t('dial.hint.empty'), wrong: true } : undefined;
    case 'partial':
      return {
        text: t(asked ? 'dial.hint.partialError' : 'dial.hint.partial', { found: reading.found }),
        wrong: asked,
      };
    case 'tooLong':
      return { text: t('dial.hint.tooLong', { found: reading.found }), wrong: true };
    case 'character':
      return {
        text: t('dial.hint.character', { group: reading.group, character: reading.character }),
        wrong: true,
      };
    case 'nearKnown':
      return {
        text: t('dial.hint.nearKnown', { group: reading.group, id: shortPeerId(reading.meant) }),
        wrong: true,
      };
    case 'self':
    case 'check':
    case 'wrongServer':
    case 'noIdInText':
      return { text: t(`dial.hint.${reading.kind}`), wrong: true };
  }
}
