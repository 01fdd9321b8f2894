import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { DesktopBridge } from '#shared/ipc/types.ts';
import type { Logger } from '#shared/logging.ts';
import type { CallRecord } from '#shared/people/history.ts';
import type { CallSnapshot, MissedCall, TakenCall } from '../engine/types.ts';

export type EndedCall = Extract<CallSnapshot, { phase: 'ended' }>;

/** Whole seconds of conversation; 0 when nobody answered. */
export const talkedSeconds = (call: EndedCall): number =>
  call.connectedAt === null ? 0 : Math.max(0, Math.round((call.endedAt - call.connectedAt) / 1000));

/** Newest rows with a peer among which a call that has just begun is found. */
const newestRows = 10;

type RecordPort = Pick<DesktopBridge, 'historyRecord' | 'historyRange' | 'historyRemove'>;

/**
 * Writes the history of the calls on this computer: when one begins, when it is answered, and when it ends, so
 * that a call is on record whatever becomes of the app.
 */
export class CallRecorder {
  readonly #bridge: RecordPort;
  readonly #own: DeviceId;
  readonly #log: Logger;
  /** The last call that was recorded. */
  #last: CallRecord | undefined;

  constructor(options: { readonly bridge: RecordPort; readonly own: DeviceId; readonly log: Logger }) {
    this.#bridge = options.bridge;
    this.#own = options.own;
    this.#log = options.log;
  }

  /** For every state of the call in turn. */
  follow(call: CallSnapshot | undefined): void {
    if (call === undefined) {
      return;
    }
    const before = this.#last;
    const known = before?.callId === call.callId ? before : undefined;
    const record: CallRecord = {
      callId: call.callId,
      peer: call.peer,
      direction: call.direction,
      video: call.video,
      at: call.startedAt,
      seconds: call.phase === 'ended' ? talkedSeconds(call) : 0,
      end: call.phase === 'ended' ? call.reason : null,
      device: this.#deviceOf(call, known?.device ?? null),
    };
    if (known?.end === record.end && known.device === record.device) {
      return;
    }
    this.#last = record;
    if (before?.end === null && known === undefined) {
      // Both had dialled: this call took the place of the one before.
      void this.#forget(before.peer, before.callId);
    }
    void this.#write(record);
  }

  /** A call that never rang here. */
  missed(call: MissedCall): void {
    void this.#write({ ...factsOf(call), end: 'missed', device: null });
  }

  /** A call recorded as missed that another own device took. */
  takenElsewhere(call: TakenCall): void {
    const end = call.how === 'answered' ? 'answeredElsewhere' : 'declinedElsewhere';
    void this.#write({ ...factsOf(call), end, device: call.device });
  }

  #deviceOf(call: CallSnapshot, known: DeviceId | null): DeviceId | null {
    if (call.direction === 'outgoing') {
      return this.#own;
    }
    switch (call.phase) {
      case 'outgoing':
      case 'connecting':
      case 'connected':
      case 'reconnecting':
        return this.#own;
      case 'incoming':
        return null;
      case 'ended':
        return call.elsewhere ?? (call.reason === 'declinedByMe' ? this.#own : known);
    }
  }

  async #write(call: CallRecord): Promise<void> {
    const result = await this.#bridge.historyRecord({ call });
    if (!result.ok) {
      this.#log.warn('call not recorded', { callId: call.callId, code: result.error.code });
    }
  }

  async #forget(peer: PeerId, callId: CallId): Promise<void> {
    const found = await this.#bridge.historyRange({ filter: 'all', peer, offset: 0, limit: newestRows });
    const rows = found.ok
      ? found.value.entries.filter((entry) => entry.callId === callId).map(({ row }) => row)
      : [];
    if (rows.length > 0) {
      const removed = await this.#bridge.historyRemove({ what: 'rows', rows });
      if (!removed.ok) {
        this.#log.warn('call not taken back', { callId, code: removed.error.code });
      }
    }
  }
}

const factsOf = ({ callId, peer, video, at }: MissedCall | TakenCall) =>
  ({ callId, peer, video, at, direction: 'incoming', seconds: 0 }) as const;
