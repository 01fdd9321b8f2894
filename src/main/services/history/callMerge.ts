import type { CallId } from '#shared/identity/ids.ts';
import { isMissed, type CallRecord } from '#shared/people/history.ts';
import type { Sql } from '../storage/sqlite.ts';
import {
  callOf,
  foldCall,
  insertCall,
  neighboursOf,
  renameFolded,
  updateCall,
  type StoredCall,
} from './callRows.ts';

/** Who says so: this computer, or another one of the same person. */
export type Source = 'own' | 'other';

/** A missed call this soon after another one of the same peer is counted in its row, milliseconds. */
const foldMs = 10 * 60_000;

/**
 * How much a record tells of a call, so that devices that saw different parts of it agree: it lasts; nobody took
 * it; another device did; a person declined it; what came of it. One device may decline at the very moment at
 * which another answers: where the caller heard the answer first, the call was answered.
 */
function knowledge(call: CallRecord): number {
  if (call.end === null) {
    return 0;
  }
  if (isMissed(call)) {
    return 1;
  }
  if (call.end === 'answeredElsewhere' || call.end === 'declinedElsewhere') {
    return 2;
  }
  return call.end === 'declinedByMe' ? 3 : 4;
}

/**
 * Whether a record tells more than the row; of two that tell the same, this computer's own does. A computer that could
 * not take a call says that it was missed while it still rings on another one, before or after that one has it.
 */
function tellsMore(call: CallRecord, before: CallRecord, source: Source): boolean {
  if (source === 'own' && call.end === null && isMissed(before)) {
    return true;
  }
  if (source === 'other' && before.end === null && isMissed(call)) {
    return false;
  }
  const more = knowledge(call) - knowledge(before);
  return more > 0 || (more === 0 && source === 'own');
}

/** Takes over what a record tells better than the row. */
export function replaceCall(sql: Sql, before: StoredCall, call: CallRecord, source: Source): void {
  // Only the two who are in a call know its id: another peer that names it is not believed.
  if (before.call.peer !== call.peer || !tellsMore(call, before.call, source)) {
    return;
  }
  const missed = isMissed(call);
  if (!missed && before.count > 1 && renameFolded(sql, before.row)) {
    insertCall(sql, call, false);
    return;
  }
  const looked = isMissed(before.call) && !before.unseen;
  // It stays where this computer saw it.
  updateCall(sql, before.row, { ...call, at: before.call.at }, missed && !looked);
}

/** Counts a missed call in the row of the one next to it, when nothing else came between and it was a short while ago. */
export function foldMissed(sql: Sql, id: CallId): void {
  const stored = callOf(sql, id);
  if (stored === undefined || !isMissed(stored.call)) {
    return;
  }
  const near = neighboursOf(sql, stored).find(
    ({ call }) => isMissed(call) && Math.abs(stored.call.at - call.at) < foldMs,
  );
  if (near !== undefined) {
    foldCall(sql, stored, near);
  }
}
