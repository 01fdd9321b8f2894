import { closeCodes, type CloseReason } from '#shared/protocol/closeCodes.ts';

/** Plain counters: adding to a number is all that the hot path pays. `health.ts` turns them into metrics. */
export interface ServerStats {
  connections: number;
  unauthenticated: number;
  sessions: number;
  logins: number;
  resumed: number;
  /** Boxes taken from clients, written to a device, kept for one, reached nobody. */
  accepted: number;
  delivered: number;
  stored: number;
  unreached: number;
  repeated: number;
  rateLimited: number;
  backplaneFailures: number;
  deadSockets: number;
  readonly closes: Record<CloseReason, number>;
}

export const newServerStats = (): ServerStats => ({
  connections: 0,
  unauthenticated: 0,
  sessions: 0,
  logins: 0,
  resumed: 0,
  accepted: 0,
  delivered: 0,
  stored: 0,
  unreached: 0,
  repeated: 0,
  rateLimited: 0,
  backplaneFailures: 0,
  deadSockets: 0,
  closes: Object.fromEntries(Object.keys(closeCodes).map((reason) => [reason, 0])) as Record<
    CloseReason,
    number
  >,
});
