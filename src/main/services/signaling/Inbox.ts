import type { DeviceEnvelope } from '#shared/call/deviceMessages.ts';
import type { CallEnvelope } from '#shared/call/messages.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import type { Deliver } from '#shared/protocol/messages.ts';
import type { BoxOpener } from './BoxOpener.ts';
import type { IncomingLimits } from './IncomingLimits.ts';
import type { KeyDirectory } from './KeyDirectory.ts';
import type { Refusals } from './Refusals.ts';
import type { SignalingClient } from './SignalingClient.ts';

export interface InboxEvents {
  readonly call: { readonly envelope: CallEnvelope; readonly message: Deliver };
  readonly device: { readonly envelope: DeviceEnvelope; readonly message: Deliver };
}

/** Boxes of one sender that may wait for its key. */
const waitingPerSender = 64;

/** Opens what the server delivers, for each sender in order, and sorts it by who it is for. */
export class Inbox {
  readonly #self: PeerId;
  readonly #opener: Pick<BoxOpener, 'open'>;
  readonly #directory: Pick<KeyDirectory, 'mustAsk'>;
  readonly #limits: Pick<IncomingLimits, 'mayAskKey'>;
  readonly #refusals: Refusals;
  readonly #logger: Logger;
  readonly #events: Emitter<InboxEvents>;
  readonly #unsubscribe: Unsubscribe;
  readonly #waiting = new Map<PeerId, { readonly last: Promise<void>; readonly length: number }>();

  constructor(options: {
    readonly self: PeerId;
    readonly client: Pick<SignalingClient, 'on'>;
    readonly opener: Pick<BoxOpener, 'open'>;
    readonly directory: Pick<KeyDirectory, 'mustAsk'>;
    readonly limits: Pick<IncomingLimits, 'mayAskKey'>;
    readonly refusals: Refusals;
    readonly logger: Logger;
  }) {
    this.#self = options.self;
    this.#opener = options.opener;
    this.#directory = options.directory;
    this.#limits = options.limits;
    this.#refusals = options.refusals;
    this.#logger = options.logger;
    this.#events = new Emitter((error, event) => this.#logger.error('listener failed', { error, event }));
    this.#unsubscribe = options.client.on('deliver', (message) => this.#enqueue(message));
  }

  on<K extends keyof InboxEvents>(event: K, listener: (payload: InboxEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  close(): void {
    this.#unsubscribe();
    this.#events.clear();
  }

  #enqueue(message: Deliver): void {
    const queue = this.#waiting.get(message.from) ?? { last: Promise.resolve(), length: 0 };
    if (queue.length >= waitingPerSender) {
      this.#refusals.refuse('tooMany', message.from);
      return;
    }
    const last = queue.last
      .then(async () => this.#receive(message))
      .catch((error: unknown) => this.#logger.error('delivery failed', { error }))
      .then(() => this.#dequeue(message.from));
    this.#waiting.set(message.from, { last, length: queue.length + 1 });
  }

  #dequeue(from: PeerId): void {
    const queue = this.#waiting.get(from);
    if (queue === undefined || queue.length <= 1) {
      this.#waiting.delete(from);
    } else {
      this.#waiting.set(from, { ...queue, length: queue.length - 1 });
    }
  }

  async #receive(message: Deliver): Promise<void> {
    const { from } = message;
    if (from !== this.#self && this.#directory.mustAsk(from) && !this.#limits.mayAskKey(from)) {
      this.#refusals.refuse('crowded', from);
      return;
    }
    const opened = await this.#opener.open(message);
    if (!opened.ok) {
      this.#refusals.refuse(opened.error, from);
      return;
    }
    const envelope = opened.value;
    if ('kind' in envelope) {
      this.#events.emit('device', { envelope, message });
    } else {
      this.#events.emit('call', { envelope, message });
    }
  }
}
