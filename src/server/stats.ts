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
  /** Notices taken, acknowledged by a device, refused, run out, and those that gave way to a newer one. */
  mailKept: number;
  mailDelivered: number;
  mailRefused: number;
  mailExpired: number;
  mailDisplaced: number;
  /** Ids that are watched, once for each session that watches; and what was told about them. */
  watches: number;
  presencePushes: number;
  /** Credentials for relays. */
  turnIssued: number;
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
  mailKept: 0,
  mailDelivered: 0,
  mailRefused: 0,
  mailExpired: 0,
  mailDisplaced: 0,
  watches: 0,
  presencePushes: 0,
  turnIssued: 0,
  deadSockets: 0,
  closes: Object.fromEntries(Object.keys(closeCodes).map((reason) => [reason, 0])) as Record<
    CloseReason,
    number
  >,
});
