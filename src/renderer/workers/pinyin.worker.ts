import { polyphonic } from 'pinyin-pro';
import type { Readings } from '../contacts/contactSearch.ts';
import { answerQuestions } from './answerQuestions.ts';

/** How people type ü: as v, and carelessly as u. */
const spellings = (reading: string): readonly string[] =>
  reading.includes('ü') ? [reading.replaceAll('ü', 'v'), reading.replaceAll('ü', 'u')] : [reading];

function readingsOf(character: string): readonly string[] {
  const [readings = []] = polyphonic(character, { toneType: 'none', type: 'array' });
  return [...new Set(readings.flatMap(spellings))];
}

answerQuestions(
  (characters: string): Readings =>
    new Map(Array.from(characters, (character) => [character, readingsOf(character)])),
);
