import { wordlist } from '@scure/bip39/wordlists/english.js';
import { phraseWordCount, phraseWords } from '#shared/identity/phraseWords.ts';

const known: ReadonlySet<string> = new Set(wordlist);

/** What a person has typed of a recovery phrase. */
export interface PhraseReading {
  readonly count: number;
  /** The first word that no phrase contains, while it is not the one being typed; `place` counts from 1. */
  readonly unknown: { readonly place: number; readonly word: string } | null;
  readonly complete: boolean;
}

export function readPhrase(text: string): PhraseReading {
  const words = phraseWords(text);
  const typing = /\p{L}$/u.test(text) && words.length < phraseWordCount;
  const settled = typing ? words.slice(0, -1) : words;
  const at = settled.findIndex((word) => !known.has(word));
  const word = settled[at];
  return {
    count: words.length,
    unknown: word === undefined ? null : { place: at + 1, word: word.slice(0, 32) },
    complete: words.length === phraseWordCount && words.every((each) => known.has(each)),
  };
}
