import { recordsPerMessage, type DeviceBody } from '#shared/call/deviceMessages.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { Logger } from '#shared/logging.ts';
import type { CallRecord } from '#shared/people/history.ts';
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

  /** Sends a device what it may lack. */
  async answer(device: DeviceId, until: number): Promise<void> {
    const records = this.#history.since(until);
    if (!records.ok) {
      return;
    }
    for (const part of chunks(records.value, recordsPerMessage)) {
      const sent = await this.#courier.send({ type: 'records', records: part }, device);
      if (!sent.ok) {
        this.#logger.warn('records not sent', { code: sent.error.code });
        return;
      }
    }
  }

  async tell(record: CallRecord): Promise<void> {
    if (record.end !== null) {
      await this.#courier.send({ type: 'records', records: [record] });
    }
  }

  receive({ records }: Extract<DeviceBody, { type: 'records' }>): void {
    const merged = this.#history.merge(records);
    this.#logger.debug('records', { count: records.length, merged: merged.ok });
  }
}
