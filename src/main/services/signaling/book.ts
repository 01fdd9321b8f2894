import type { PeerId } from '#shared/identity/peerId.ts';
import type { BookRight } from '#shared/protocol/messages.ts';
import type { Settings } from '#shared/settings.ts';

/** What the server is told about who may reach this device; an id without an entry may what all others may. */
export interface Book {
  readonly others: 'call' | 'nothing';
  readonly entries: ReadonlyMap<PeerId, BookRight>;
}

/** What the book is made of. */
export interface BookFacts {
  readonly contacts: Iterable<{ readonly id: PeerId; readonly seesPresence: boolean }>;
  readonly blocked: Iterable<PeerId>;
  readonly callsFrom: Settings['callsFrom'];
  /** With whom the person is in a call, or wants to be: must get through, whoever it is. */
  readonly partner: PeerId | undefined;
}

export interface BookChange {
  readonly id: PeerId;
  /** Null: no entry any more. */
  readonly may: BookRight | null;
}

/** Names only those who may something else than all others: the book stays within the server's limit. */
export function bookOf({ contacts, blocked, callsFrom, partner }: BookFacts): Book {
  const others = callsFrom === 'anyone' ? 'call' : 'nothing';
  const entries = new Map<PeerId, BookRight>();
  for (const { id, seesPresence } of contacts) {
    entries.set(id, seesPresence ? 'see' : 'call');
  }
  for (const id of blocked) {
    entries.set(id, 'nothing');
  }
  if (partner !== undefined && (entries.get(partner) ?? others) === 'nothing') {
    entries.set(partner, 'call');
  }
  return { others, entries: new Map([...entries].filter(([, may]) => may !== others)) };
}

/** What turns one book into another with the same right for all others. */
export function bookChanges(from: Book['entries'], to: Book['entries']): readonly BookChange[] {
  const gone = [...from.keys()].filter((id) => !to.has(id)).map((id) => ({ id, may: null }));
  const changed = [...to].filter(([id, may]) => from.get(id) !== may).map(([id, may]) => ({ id, may }));
  // Those who lose a right first: for a moment the book may lack somebody, but never has one too many.
  return [...gone, ...changed];
}
