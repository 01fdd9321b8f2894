import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import type { CloseReason } from '#shared/protocol/closeCodes.ts';
import type { Hello } from '#shared/protocol/messages.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { KeyOwner } from './auth.ts';
import type { Backplane, NodeId } from './Backplane.ts';
import type { Book } from './Book.ts';
import type { ServerLimits } from './limits.ts';
import type { MailboxStore } from './MailboxStore.ts';
import type { NodeLink } from './NodeLink.ts';
import type { SessionSnapshot } from './nodeMessages.ts';
import type { ServerStats } from './stats.ts';

/** What is known of a device once it is registered here. */
export interface Registered {
  readonly book: Book;
  /** It showed something until now. */
  readonly showed: boolean;
  /** Its session, which another node has given up for this one; null when there was none or it is another's. */
  readonly session: SessionSnapshot | null;
}

/** Makes devices those of this node, and asks the other nodes for what they have of them. */
export class DeviceRegistry {
  readonly #backplane: Backplane;
  readonly #link: NodeLink;
  readonly #signOuts: Pick<MailboxStore, 'isSignedOut'>;
  readonly #log: Logger;
  readonly #limits: Pick<ServerLimits, 'devicesPerId'>;
  readonly #stats: ServerStats;

  constructor(options: {
    readonly backplane: Backplane;
    readonly link: NodeLink;
    readonly signOuts: Pick<MailboxStore, 'isSignedOut'>;
    readonly logger: Logger;
    readonly limits: Pick<ServerLimits, 'devicesPerId'>;
    readonly stats: ServerStats;
  }) {
    this.#backplane = options.backplane;
    this.#link = options.link;
    this.#signOuts = options.signOuts;
    this.#log = options.logger;
    this.#limits = options.limits;
    this.#stats = options.stats;
  }

  /** Who may reach the device. Undefined: the backplane failed. */
  async findBook(id: PeerId, deviceId: DeviceId): Promise<Book | undefined> {
    const book = await this.#backplane.findBook(id, deviceId);
    if (!book.ok) {
      this.#failed(book.error.message);
    }
    return book.ok ? book.value : undefined;
  }

  /** Registers the device here and fetches its session from where it was. `book`: as it was found. */
  async register(
    { id, publicKey }: KeyOwner,
    { deviceId, resume }: Hello,
    book: Book,
  ): Promise<Result<Registered, CloseReason>> {
    const [registration, remembered] = await Promise.all([
      this.#backplane.register(id, deviceId, this.#limits.devicesPerId, book),
      this.#backplane.rememberKey(id, publicKey),
    ]);
    if (!registration.ok || !remembered.ok) {
      this.#failed(registration.ok ? 'key not remembered' : registration.error.message);
      return err('internal');
    }
    if (registration.value.outcome === 'full') {
      return err('tooManyConnections');
    }
    const { previous, showed } = registration.value;
    if (await this.#isSignedOut(id, deviceId)) {
      // It may be there still: whoever signed it out finds the device here now.
      if (previous !== undefined) {
        void this.#link.ask(previous, { kind: 'signOut', id, deviceId });
      }
      return err('signedOut');
    }
    if (previous === undefined) {
      return ok({ book, showed, session: null });
    }
    const token = resume?.session;
    const request = { kind: 'take', id, deviceId, ...(token === undefined ? {} : { token }) } as const;
    const reply = await this.#link.ask(previous, request);
    return ok({
      // It may have changed there until a moment ago.
      book: (await this.findBook(id, deviceId)) ?? book,
      showed,
      session: reply?.kind === 'taken' ? reply.session : null,
    });
  }

  /** The nodes that watch what the id shows, if the device showed anything. */
  async unregister(id: PeerId, deviceId: DeviceId): Promise<readonly NodeId[]> {
    const watching = await this.#backplane.unregister(id, deviceId);
    if (!watching.ok) {
      // The place runs out by itself.
      this.#stats.backplaneFailures++;
    }
    return watching.ok ? watching.value : [];
  }

  /**
   * Asked once the device is registered: a sign-out that is remembered later finds the login here. Where the
   * answer cannot be had the device is let in, because signing out protects from nobody who has the key, and a
   * full disk must not keep people from calling.
   */
  async #isSignedOut(id: PeerId, deviceId: DeviceId): Promise<boolean> {
    const signedOut = await this.#signOuts.isSignedOut(id, deviceId);
    if (!signedOut.ok) {
      this.#stats.backplaneFailures++;
      this.#log.warn('mailbox failed', { request: 'login', reason: signedOut.error.message });
    }
    return signedOut.ok && signedOut.value;
  }

  #failed(reason: string): void {
    this.#stats.backplaneFailures++;
    this.#log.warn('backplane failed', { request: 'login', reason });
  }
}
