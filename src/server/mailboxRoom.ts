import type { PeerId } from '#shared/identity/peerId.ts';
import type { MailboxBounds } from './MailboxStore.ts';

/** What it takes to know of a notice to decide who gives way. */
export interface Occupant {
  readonly from: PeerId;
  readonly named: boolean;
}

type Room<T> = { readonly fits: true; readonly leaving: readonly T[] } | { readonly fits: false };

/**
 * Who leaves a mailbox for a newcomer; `box` is in order, the oldest first.
 *
 * - Of one sender so many; then its own oldest goes.
 * - Strangers have half of the box. When it is full, or a named sender needs the place, the oldest notice of
 *   the stranger who has most goes: many ids cost more than many notices, and who left one is hit last.
 * - Only a box that is full of named senders refuses, and then it refuses strangers as well: no answer tells
 *   a sender whether the recipient names it.
 */
export function roomFor<T extends Occupant>(
  newcomer: Occupant,
  box: readonly T[],
  bounds: Pick<MailboxBounds, 'perRecipient' | 'perSender'>,
): Room<T> {
  const own = box.filter(({ from }) => from === newcomer.from);
  const leaving = own.slice(0, Math.max(0, own.length - bounds.perSender + 1));
  const staying = box.filter((occupant) => !leaving.includes(occupant));
  const strangers = staying.filter(({ named }) => !named);
  const full = staying.length >= bounds.perRecipient;
  if (full && strangers.length === 0) {
    return { fits: false };
  }
  const crowded = !newcomer.named && strangers.length >= bounds.perRecipient / 2;
  return { fits: true, leaving: full || crowded ? [...leaving, ...crowding(strangers)] : leaving };
}

/** The oldest notice of whoever has most of them; of those with as many, of the one who began first. */
function crowding<T extends Occupant>(strangers: readonly T[]): readonly T[] {
  const counts = new Map<PeerId, number>();
  for (const { from } of strangers) {
    counts.set(from, (counts.get(from) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  return strangers.filter(({ from }) => counts.get(from) === most).slice(0, 1);
}
