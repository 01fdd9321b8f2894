import type { PeerId } from '#shared/identity/peerId.ts';
import { readDialText, type DialReading } from './dialReading.ts';

/** By then an id has had a digit. */
const longestName = 20;

/** What the id field of a new contact makes of its text: as the dial field does, and `there` for contacts. */
export type ContactReading =
  DialReading | { readonly kind: 'there'; readonly id: PeerId; readonly server: string | null };

export function readContactText(
  text: string,
  facts: {
    readonly self: PeerId;
    readonly contacts: ReadonlyMap<PeerId, unknown>;
    readonly called: readonly PeerId[];
  },
): ContactReading {
  const reading = readDialText(text, {
    self: facts.self,
    known: [...facts.contacts.keys(), ...facts.called],
  });
  return reading.kind === 'id' && facts.contacts.has(reading.id)
    ? { kind: 'there', id: reading.id, server: reading.server }
    : reading;
}

/** A text that is rather a name than an attempt at an id, which has digits in it sooner or later. */
export const isName = (reading: DialReading, text: string): boolean =>
  reading.kind === 'character' && !/\d/.test(text) && text.trim().length < longestName;
