import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { phraseWordCount, phraseWords } from '#shared/identity/phraseWords.ts';
import { fail, ok, type Result } from '#shared/result.ts';

/** The 24 words of BIP-39 for a seed of 32 bytes: 256 bits and a check of 8. */
export const phraseOf = (seed: Uint8Array): string => entropyToMnemonic(seed, wordlist);

/**
 * The seed from words as a person writes them: see `phraseWords` for what is forgiven. Fails with
 * PHRASE_INVALID for another number of words, an unknown word, or words that do not belong together.
 */
export function seedFromPhrase(text: string): Result<Uint8Array> {
  const words = phraseWords(text);
  if (words.length !== phraseWordCount) {
    return fail('PHRASE_INVALID', `${words.length} words`);
  }
  try {
    return ok(mnemonicToEntropy(words.join(' '), wordlist));
  } catch {
    // The library's own message may quote a word.
    return fail('PHRASE_INVALID', 'not the words of a phrase');
  }
}
