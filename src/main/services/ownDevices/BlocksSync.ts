import { blocksPerMessage, type DeviceBody } from '#shared/call/deviceMessages.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { Logger } from '#shared/logging.ts';
import type { BlockChange } from '#shared/people/blocks.ts';
import type { BlockList } from '../contacts/BlockList.ts';
import { chunks } from '../signaling/chunks.ts';
import type { DeviceCourier } from './DeviceCourier.ts';

/** Makes a block hold on every computer of the person: whoever was sent away on one must not ring on another. */
export class BlocksSync {
  readonly #courier: Pick<DeviceCourier, 'send'>;
  readonly #blocks: Pick<BlockList, 'changes' | 'merge'>;
  readonly #logger: Logger;

  constructor(options: {
    readonly courier: Pick<DeviceCourier, 'send'>;
    readonly blocks: Pick<BlockList, 'changes' | 'merge'>;
    readonly logger: Logger;
  }) {
    this.#courier = options.courier;
    this.#blocks = options.blocks;
    this.#logger = options.logger;
  }

  /** Sends a device all that is known here: it takes what is news. */
  async answer(device: DeviceId): Promise<void> {
    await this.#send(this.#blocks.changes(), device);
  }

  /** To all others; one that is away hears of it when it is back. */
  async tell(change: BlockChange): Promise<void> {
    await this.#send([change]);
  }

  receive({ changes }: Extract<DeviceBody, { type: 'blocks' }>): void {
    const merged = this.#blocks.merge(changes);
    if (!merged.ok) {
      this.#logger.error('blocks of another device not kept', { code: merged.error.code });
    }
  }

  async #send(changes: readonly BlockChange[], device?: DeviceId): Promise<void> {
    for (const part of chunks(changes, blocksPerMessage)) {
      const sent = await this.#courier.send({ type: 'blocks', changes: [...part] }, device);
      if (!sent.ok) {
        this.#logger.warn('own devices not told', { type: 'blocks', code: sent.error.code });
        return;
      }
    }
  }
}
