import type { CallBody } from '#shared/call/messages.ts';
import type { Clock } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { ReceivedCallMessage, SendReceipt } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { limits } from '#shared/protocol/limits.ts';
import type { Deliver } from '#shared/protocol/messages.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { IncomingLimits } from './IncomingLimits.ts';
import type { KeyDirectory } from './KeyDirectory.ts';
import type { ReplayGuard, ReplayProblem } from './ReplayGuard.ts';
import { boxMark, type OpenProblem, type Sealer } from './Sealer.ts';
import type { SignalingClient } from './SignalingClient.ts';

/** Why a delivered box was not passed on. */
export type RefusalCause =
  | OpenProblem
  | ReplayProblem
  /** What is written inside names another sender or recipient than the server did. */
  | 'misaddressed'
  /** The server knows no key of the sender, or names one that is not its. */
  | 'unknownSender'
  /** The connection broke before the sender's key was there. */
  | 'keyUnavailable'
  /** More senders whose key we lack than we ask for. */
  | 'crowded'
  /** More calls of this sender, or of all strangers, than anybody means. */
  | 'tooOften'
  /** More boxes of one sender wait for its key than we keep. */
  | 'tooMany';

export interface CourierEvents {
  readonly message: ReceivedCallMessage;
  /** Something for the person to know: not what happens by itself, and at most once a minute per cause. */
  readonly refused: RefusalCause;
}

/** Seconds that the server keeps a box for a device whose socket just dropped. */
function ttlSeconds(body: CallBody): number {
  switch (body.type) {
    case 'invite':
      return 45;
    case 'bye':
    case 'cancel':
    case 'answeredElsewhere':
      // The end of a call is worth knowing for as long as a device may be away.
      return limits.ttlSeconds;
    default:
      return 30;
  }
}

/**
 * How long we ourselves try, milliseconds. Somebody who dials without a connection should hear so soon; the
 * end of a call is still worth telling later.
 */
const deadlineMs = (body: CallBody): number => (body.type === 'invite' ? 10_000 : ttlSeconds(body) * 1_000);

/** What ends a call for the other side. */
const lastWords: ReadonlySet<CallBody['type']> = new Set(['bye', 'cancel']);

/** When a last word that reached nobody is said again, milliseconds; together as long as a client takes to come back. */
const lastWordDelays: readonly number[] = [1_000, 2_000, 4_000, 8_000, 15_000];

interface OutgoingMessage {
  readonly to: PeerId;
  readonly device?: DeviceId | undefined;
  readonly callId: CallId;
  readonly body: CallBody;
}

const refusalSilenceMs = 60_000;

/** Nothing that a person should look into: it happens by itself, or is as loud as strangers like. */
const harmless: ReadonlySet<RefusalCause> = new Set(['duplicate', 'keyUnavailable', 'crowded', 'tooOften']);

/** Boxes of one sender that may wait for its key. */
const waitingPerSender = 64;

/**
 * Seals what goes out and opens what comes in. Order is kept per peer in both directions. What arrives is
 * passed on only when it opens with the key of the id that the server named, says the same sender and us as
 * recipient inside, and was not sent before.
 */
export class CallCourier {
  readonly #self: PeerId;
  readonly #client: Pick<SignalingClient, 'on' | 'send' | 'serverNow'>;
  readonly #directory: Pick<KeyDirectory, 'get' | 'mustAsk'>;
  readonly #sealer: Sealer;
  readonly #guard: ReplayGuard;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events: Emitter<CourierEvents>;
  readonly #unsubscribe: Unsubscribe;
  #closed = false;
  readonly #limits: IncomingLimits;
  #seq = 0;
  readonly #outgoing = new Map<PeerId, Promise<unknown>>();
  readonly #incoming = new Map<PeerId, { readonly last: Promise<void>; readonly length: number }>();
  readonly #refusals = new Map<RefusalCause, { count: number; noticedAt: number | undefined }>();

  constructor(options: {
    readonly self: PeerId;
    readonly client: Pick<SignalingClient, 'on' | 'send' | 'serverNow'>;
    readonly directory: Pick<KeyDirectory, 'get' | 'mustAsk'>;
    readonly sealer: Sealer;
    readonly guard: ReplayGuard;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#self = options.self;
    this.#client = options.client;
    this.#directory = options.directory;
    this.#sealer = options.sealer;
    this.#guard = options.guard;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#limits = new IncomingLimits({ now: () => this.#clock.monotonic() });
    this.#events = new Emitter((error, event) => this.#logger.error('listener failed', { error, event }));
    this.#unsubscribe = this.#client.on('deliver', (message) => this.#enqueue(message));
  }

  on<K extends keyof CourierEvents>(event: K, listener: (payload: CourierEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  /** How many boxes were refused so far, for a cause. */
  refusals(cause: RefusalCause): number {
    return this.#refusals.get(cause)?.count ?? 0;
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#events.clear();
  }

  /** Resolves with the devices reached once the server has answered, or with why it could not be sent. */
  async send(message: OutgoingMessage): Promise<Result<SendReceipt>> {
    const { to, body } = message;
    if (to === this.#self) {
      return fail('PEER_IS_SELF', 'a call to oneself');
    }
    this.#limits.sent(to, body);
    const result = await this.#sendOnce(message);
    if (lastWords.has(body.type)) {
      this.#insist(message, result, lastWordDelays);
    }
    return result;
  }

  /**
   * A last word that reached nobody is said again: after a restart the server knows nobody until they are back,
   * and who comes back first would otherwise hang up in vain.
   */
  #insist(message: OutgoingMessage, result: Result<SendReceipt>, delays: readonly number[]): void {
    const [delay, ...rest] = delays;
    const reached = !result.ok || result.value.devices.length > 0 || result.value.stored;
    if (delay === undefined || reached) {
      return;
    }
    this.#clock.after(delay, () => {
      if (this.#closed) {
        return;
      }
      this.#sendOnce(message)
        .then((again) => this.#insist(message, again, rest))
        .catch((error: unknown) => this.#logger.error('last word failed', { error }));
    });
  }

  async #sendOnce({ to, device, callId, body }: OutgoingMessage): Promise<Result<SendReceipt>> {
    // Sealed and handed over one after the other, so that the counter goes up on the wire too; the receipts
    // are then waited for side by side.
    const before = this.#outgoing.get(to) ?? Promise.resolve();
    const handedOver = before.then(async () => {
      const box = await this.#seal(to, callId, body);
      return box.ok
        ? ok({
            receipt: this.#client.send(
              {
                to,
                ...(device === undefined ? {} : { device }),
                box: box.value,
                ttl: ttlSeconds(body),
              },
              deadlineMs(body),
            ),
          })
        : box;
    });
    // Whoever sent it hears of its failure; what comes behind it is not to blame.
    const next = handedOver.then(
      () => undefined,
      () => undefined,
    );
    this.#outgoing.set(to, next);
    const handed = await handedOver.finally(() => {
      if (this.#outgoing.get(to) === next) {
        this.#outgoing.delete(to);
      }
    });
    this.#logger.debug('sent', { type: body.type, callId });
    return handed.ok ? handed.value.receipt : handed;
  }

  async #seal(to: PeerId, callId: CallId, body: CallBody): Promise<Result<string>> {
    const key = await this.#directory.get(to);
    if (!key.ok) {
      return key;
    }
    return this.#sealer.seal(
      { v: 1, from: this.#self, to, callId, seq: this.#nextSeq(), sentAt: this.#clock.now(), body },
      key.value,
    );
  }

  /**
   * One counter for all calls: one per call could be forgotten while its call goes on. It follows the clock, so
   * that it goes up across restarts, and tells nobody how much we say to others.
   */
  #nextSeq(): number {
    this.#seq = Math.max(this.#seq + 1, this.#clock.now());
    return this.#seq;
  }

  #enqueue(message: Deliver): void {
    const queue = this.#incoming.get(message.from) ?? { last: Promise.resolve(), length: 0 };
    if (queue.length >= waitingPerSender) {
      this.#refuse('tooMany', message);
      return;
    }
    const last = queue.last
      .then(async () => this.#receive(message))
      .catch((error: unknown) => this.#logger.error('delivery failed', { error }))
      .then(() => this.#dequeue(message.from));
    this.#incoming.set(message.from, { last, length: queue.length + 1 });
  }

  #dequeue(from: PeerId): void {
    const queue = this.#incoming.get(from);
    if (queue === undefined || queue.length <= 1) {
      this.#incoming.delete(from);
    } else {
      this.#incoming.set(from, { ...queue, length: queue.length - 1 });
    }
  }

  async #receive(message: Deliver): Promise<void> {
    if (this.#directory.mustAsk(message.from) && !this.#limits.mayAskKey(message.from)) {
      this.#refuse('crowded', message);
      return;
    }
    const key = await this.#directory.get(message.from);
    if (!key.ok) {
      this.#refuse(key.error.code.startsWith('PEER_') ? 'unknownSender' : 'keyUnavailable', message);
      return;
    }
    const opened = this.#sealer.open(message.box, key.value);
    if (!opened.ok) {
      this.#refuse(opened.error.code, message);
      return;
    }
    const envelope = opened.value;
    if (envelope.from !== message.from || envelope.to !== this.#self || message.from === this.#self) {
      this.#refuse('misaddressed', message);
      return;
    }
    // Before it is remembered: a caller who is refused here may try the same call again.
    if (!this.#limits.mayPass(envelope.from, envelope.body)) {
      this.#refuse('tooOften', message);
      return;
    }
    const problem = this.#guard.check({
      envelope,
      fromDevice: message.fromDevice,
      mark: boxMark(message.box),
    });
    if (problem !== undefined) {
      this.#refuse(problem, message);
      return;
    }
    this.#logger.debug('received', { type: envelope.body.type, callId: envelope.callId });
    this.#events.emit('message', {
      from: envelope.from,
      fromDevice: message.fromDevice,
      callId: envelope.callId,
      body: envelope.body,
      ageMs: Math.max(0, Math.round(this.#client.serverNow() - message.at)),
    });
  }

  #refuse(cause: RefusalCause, message: Deliver): void {
    const entry = this.#refusals.get(cause) ?? { count: 0, noticedAt: undefined };
    this.#refusals.set(cause, entry);
    entry.count += 1;
    const now = this.#clock.monotonic();
    const quiet = entry.noticedAt !== undefined && now - entry.noticedAt < refusalSilenceMs;
    this.#logger[quiet ? 'debug' : 'warn']('message refused', {
      code: 'PEER_MESSAGE_REFUSED',
      cause,
      from: message.from,
      count: entry.count,
    });
    if (quiet) {
      return;
    }
    entry.noticedAt = now;
    if (!harmless.has(cause)) {
      this.#events.emit('refused', cause);
    }
  }
}
