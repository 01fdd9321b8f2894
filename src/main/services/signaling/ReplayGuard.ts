import type { CallEnvelope } from '#shared/call/messages.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';

/** How far the clocks of two people may be apart, and how long an invite is good for replay at most. */
export const sentAtToleranceMs = 24 * 60 * 60 * 1_000;

/** Per peer; a peer that opens more calls at once than this only loses track of its own. */
const callsPerPeer = 32;
const peerLimit = 500;

/** Boxes remembered per call: far more than a negotiation makes. */
const marksPerCall = 4_096;

export type ReplayProblem =
  /** The very same box again; happens by itself when a receipt was lost with a socket. */
  | 'duplicate'
  /** The counter of the sender's device did not go up. */
  | 'replayed'
  /** Made too long ago, or by a clock that is far ahead, or an invite that rang before. */
  | 'stale';

interface CallRecord {
  readonly lastSeq: Map<DeviceId, number>;
  readonly marks: Set<string>;
}

/** Where invites are remembered across restarts. */
export interface InviteMemory {
  has(from: PeerId, callId: CallId): boolean;
  add(entry: { readonly from: PeerId; readonly callId: CallId; readonly until: number }): void;
}

/**
 * Refuses messages that were sent before. The sender's device is named by the server and not by the box, so
 * counting per device is not enough: a server could replay a box under another device's name. That is what
 * the marks (nonces) are for.
 */
export class ReplayGuard {
  readonly #invites: InviteMemory;
  readonly #now: () => number;
  readonly #peers = new Map<PeerId, Map<CallId, CallRecord>>();

  constructor(options: { readonly invites: InviteMemory; readonly now: () => number }) {
    this.#invites = options.invites;
    this.#now = options.now;
  }

  /** Undefined: the message is new, and is remembered from now on. */
  check(message: {
    readonly envelope: CallEnvelope;
    readonly fromDevice: DeviceId;
    readonly mark: string;
  }): ReplayProblem | undefined {
    const { envelope, fromDevice, mark } = message;
    const record = this.#record(envelope.from, envelope.callId);
    if (record?.marks.has(mark) === true) {
      return 'duplicate';
    }
    if (Math.abs(this.#now() - envelope.sentAt) > sentAtToleranceMs) {
      return 'stale';
    }
    if (envelope.seq <= (record?.lastSeq.get(fromDevice) ?? 0)) {
      return 'replayed';
    }
    if (envelope.body.type === 'invite') {
      if (this.#invites.has(envelope.from, envelope.callId)) {
        return 'stale';
      }
      this.#invites.add({
        from: envelope.from,
        callId: envelope.callId,
        until: envelope.sentAt + sentAtToleranceMs,
      });
    }
    this.#remember(envelope, fromDevice, mark);
    return undefined;
  }

  #record(from: PeerId, callId: CallId): CallRecord | undefined {
    return this.#peers.get(from)?.get(callId);
  }

  #remember(envelope: CallEnvelope, fromDevice: DeviceId, mark: string): void {
    const calls = this.#peers.get(envelope.from) ?? new Map<CallId, CallRecord>();
    const record = calls.get(envelope.callId) ?? { lastSeq: new Map(), marks: new Set() };
    record.lastSeq.set(fromDevice, envelope.seq);
    record.marks.add(mark);
    dropOldest(record.marks, marksPerCall);
    calls.delete(envelope.callId);
    calls.set(envelope.callId, record);
    dropOldest(calls, callsPerPeer);
    this.#peers.delete(envelope.from);
    this.#peers.set(envelope.from, calls);
    dropOldest(this.#peers, peerLimit);
  }
}

/** Maps and sets keep the order of insertion, so the first key is the one unused for longest. */
function dropOldest<K>(
  collection: { readonly size: number; keys(): Iterator<K>; delete(key: K): boolean },
  limit: number,
): void {
  const oldest = collection.keys().next();
  if (collection.size > limit && oldest.done !== true) {
    collection.delete(oldest.value);
  }
}
