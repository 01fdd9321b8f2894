import { marksPerMessage, recordsPerMessage, type DeviceBody } from '#shared/call/deviceMessages.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { Logger } from '#shared/logging.ts';
import { isMissed, type CallMark, type CallRecord } from '#shared/people/history.ts';
import type { Result } from '#shared/result.ts';
import { chunks } from '../signaling/chunks.ts';
import type { DeviceCourier } from './DeviceCourier.ts';

/** The history of calls, as the exchange with other devices needs it. */
export interface RecordBook {
  /** When the newest call began, milliseconds since the epoch; 0: there is none. */
  newest(): Result<number>;
  /** Calls that a device may lack whose newest one is of `at`. */
  since(at: number): Result<readonly CallRecord[]>;
  /** Takes calls of another device over, as far as they say more than what is known here. */
  merge(records: readonly CallRecord[]): Result<unknown>;
  /** Missed calls that nobody has looked at here; the newest of them. */
  unseenCalls(): Result<readonly CallMark[]>;
  /** Those that were looked at here, or deleted, with as many calls as they count. */
  amongSeen(marks: readonly CallMark[]): Result<readonly CallMark[]>;
  /** The person looked at them on another device. */
  seenElsewhere(marks: readonly CallMark[]): Result<unknown>;
}

/** Makes the history agree on all devices: what one has and another may lack is sent to it. */
export class RecordsSync {
  readonly #courier: Pick<DeviceCourier, 'send'>;
  readonly #history: RecordBook;
  readonly #logger: Logger;

  constructor(options: {
    readonly courier: Pick<DeviceCourier, 'send'>;
    readonly history: RecordBook;
    readonly logger: Logger;
  }) {
    this.#courier = options.courier;
    this.#history = options.history;
    this.#logger = options.logger;
  }

  /** When the newest call of this device began, milliseconds since the epoch. */
  get until(): number {
    const newest = this.#history.newest();
    return newest.ok ? newest.value : 0;
  }

  /** Missed calls that nobody has looked at here. */
  get unseen(): readonly CallMark[] {
    const unseen = this.#history.unseenCalls();
    return unseen.ok ? [...unseen.value] : [];
  }

  /** Sends a device what it may lack, and which of its missed calls were looked at here. */
  async answer(
    device: DeviceId,
    { recordsUntil, unseen }: Pick<Extract<DeviceBody, { type: 'about' }>, 'recordsUntil' | 'unseen'>,
  ): Promise<void> {
    const found = this.#history.since(recordsUntil);
    const records = found.ok ? found.value : [];
    for (const part of chunks(records, recordsPerMessage)) {
      if (!(await this.#send({ type: 'records', records: [...part] }, device))) {
        return;
      }
    }
    const missed = records.filter(isMissed).map(({ callId }) => ({ callId, count: 1 }));
    const seen = this.#history.amongSeen([...unseen, ...missed]);
    for (const part of chunks(seen.ok ? seen.value : [], marksPerMessage)) {
      if (!(await this.#send({ type: 'seen', calls: [...part] }, device))) {
        return;
      }
    }
  }

  async tell(record: CallRecord): Promise<void> {
    if (record.end !== null) {
      await this.#send({ type: 'records', records: [record] });
    }
  }

  /** The person looked at missed calls here. */
  async tellSeen(calls: readonly CallMark[]): Promise<void> {
    await this.#send({ type: 'seen', calls: [...calls] });
  }

  receive(body: Extract<DeviceBody, { type: 'records' | 'seen' }>): void {
    const taken =
      body.type === 'records' ? this.#history.merge(body.records) : this.#history.seenElsewhere(body.calls);
    this.#logger.debug('from own device', { type: body.type, taken: taken.ok });
  }

  async #send(body: DeviceBody, device?: DeviceId): Promise<boolean> {
    const sent = await this.#courier.send(body, device);
    if (!sent.ok) {
      this.#logger.warn('own devices not told', { type: body.type, code: sent.error.code });
    }
    return sent.ok;
  }
}
