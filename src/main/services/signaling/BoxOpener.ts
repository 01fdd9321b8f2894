import type { PeerId } from '#shared/identity/peerId.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { PublicKey } from '../identity/keys.ts';
import type { KeyDirectory } from './KeyDirectory.ts';
import type { RefusalCause } from './Refusals.ts';
import type { Envelope, Sealer } from './Sealer.ts';

/**
 * Opens a box with the key of the id that the server named, and believes what is inside only when it says the
 * same sender and us as recipient. From our own id come device messages, from every other one call messages.
 */
export class BoxOpener {
  readonly #self: { readonly id: PeerId; readonly publicKey: PublicKey };
  readonly #directory: Pick<KeyDirectory, 'get'>;
  readonly #sealer: Pick<Sealer, 'open'>;

  constructor(options: {
    readonly self: { readonly id: PeerId; readonly publicKey: PublicKey };
    readonly directory: Pick<KeyDirectory, 'get'>;
    readonly sealer: Pick<Sealer, 'open'>;
  }) {
    this.#self = options.self;
    this.#directory = options.directory;
    this.#sealer = options.sealer;
  }

  async open(message: {
    readonly from: PeerId;
    readonly box: string;
  }): Promise<Result<Envelope, RefusalCause>> {
    const isOwn = message.from === this.#self.id;
    const key = isOwn ? ok(this.#self.publicKey) : await this.#directory.get(message.from);
    if (!key.ok) {
      return err(key.error.code.startsWith('PEER_') ? 'unknownSender' : 'keyUnavailable');
    }
    const opened = this.#sealer.open(message.box, key.value);
    if (!opened.ok) {
      return err(opened.error.code);
    }
    const envelope = opened.value;
    const isAddressed = envelope.from === message.from && envelope.to === this.#self.id;
    return isAddressed && isOwn === 'kind' in envelope ? ok(envelope) : err('misaddressed');
  }
}
