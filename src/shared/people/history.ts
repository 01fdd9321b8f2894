import { z } from 'zod';
import { endReasons, type EndReason } from '../call/endReasons.ts';
import { callIdSchema, deviceIdSchema } from '../identity/ids.ts';
import { peerIdSchema } from '../identity/peerId.ts';

/** A call as it is recorded. The same for the interface, and for the person's other devices. */
export const callRecordSchema = z.object({
  callId: callIdSchema,
  peer: peerIdSchema,
  direction: z.enum(['outgoing', 'incoming']),
  video: z.boolean(),
  /** When it began as this computer saw it, milliseconds since the epoch. */
  at: z.int().nonnegative(),
  /** How long they talked, seconds; 0 when it was not answered. */
  seconds: z.int().nonnegative(),
  /** Null while the call lasts. */
  end: z.enum(endReasons).nullable(),
  /** The own device that placed, took or declined it; null: none did. */
  device: deviceIdSchema.nullable(),
});
export type CallRecord = z.infer<typeof callRecordSchema>;

/** How an incoming call ends that nobody took, on whichever computer: the person may want to call back. */
const missedEnds: ReadonlySet<EndReason | null> = new Set<EndReason>([
  'missed',
  'noAnswer',
  'cancelled',
  'busy',
]);

/** What "missed" means, for the list, the filter and the badge alike. */
export const isMissed = ({
  direction,
  end,
  seconds,
}: Pick<CallRecord, 'direction' | 'end' | 'seconds'>): boolean =>
  direction === 'incoming' && seconds === 0 && missedEnds.has(end);

/** A row of the history. */
export interface HistoryEntry extends CallRecord {
  /** Names the row; a call that came again and again in a short time is one row. */
  readonly row: number;
  /** How often it came. */
  readonly count: number;
  /** A missed call that the person has not looked at yet. */
  readonly unseen: boolean;
  /** The name of `device`, when that is another device; null: this one, or unknown. */
  readonly deviceName: string | null;
}

/**
 * A row of missed calls as the own devices name it to each other: one of its calls and how many they were. A mark
 * of fewer calls than a row has says nothing about those that came later.
 */
export const callMarkSchema = z.object({ callId: callIdSchema, count: z.int().positive() });
export type CallMark = z.infer<typeof callMarkSchema>;

export const historyFilters = ['all', 'missed'] as const;

/** Rows of one `historyRange`. */
export const historyRangeRows = 200;
