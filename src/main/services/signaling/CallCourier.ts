import type { CallBody, CallEnvelope } from '#shared/call/messages.ts';
import type { Clock } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { ReceivedCallMessage, SendReceipt } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { limits } from '#shared/protocol/limits.ts';
import type { Deliver } from '#shared/protocol/messages.ts';
import { fail, type Result } from '#shared/result.ts';
import type { Inbox } from './Inbox.ts';
import type { IncomingLimits } from './IncomingLimits.ts';
import type { Outbox } from './Outbox.ts';
import type { Refusals } from './Refusals.ts';
import type { ReplayGuard } from './ReplayGuard.ts';
import { boxMark } from './Sealer.ts';
import type { SignalingClient } from './SignalingClient.ts';
import type { SignalingRequests } from './SignalingRequests.ts';

/** A call that did not get through to the person. */
export interface UnheardCall {
  readonly callId: CallId;
  readonly peer: PeerId;
  readonly video: boolean;
  /** When it came, by this computer's clock; milliseconds since the epoch. */
  readonly at: number;
}

interface CourierEvents {
  readonly message: ReceivedCallMessage;
  /** An invite that came too soon after the ones before it, and so does not ring. */
  readonly tooOften: UnheardCall;
}

/** Seconds that the server keeps a box for a device whose socket just dropped. */
function ttlSeconds(body: CallBody): number {
  switch (body.type) {
    case 'invite':
      return 45;
    case 'bye':
    case 'cancel':
    case 'answeredElsewhere':
    case 'declinedElsewhere':
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

/**
 * Call messages, out and in. What arrives is passed on only when it comes from somebody who may call, not too
 * often, and was not sent before. Whoever may not call learns nothing from us, not even that we are here.
 */
export class CallCourier {
  readonly #self: PeerId;
  readonly #client: Pick<SignalingClient, 'serverNow'>;
  readonly #requests: Pick<SignalingRequests, 'send' | 'putMail'>;
  readonly #outbox: Pick<Outbox, 'post'>;
  readonly #limits: IncomingLimits;
  readonly #guard: ReplayGuard;
  readonly #admits: (from: PeerId) => boolean;
  readonly #isContact: (from: PeerId) => boolean;
  readonly #refusals: Refusals;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events: Emitter<CourierEvents>;
  readonly #unsubscribe: Unsubscribe;
  #closed = false;

  constructor(options: {
    readonly self: PeerId;
    readonly client: Pick<SignalingClient, 'serverNow'>;
    readonly requests: Pick<SignalingRequests, 'send' | 'putMail'>;
    readonly inbox: Pick<Inbox, 'on'>;
    readonly outbox: Pick<Outbox, 'post'>;
    readonly limits: IncomingLimits;
    readonly guard: ReplayGuard;
    /** Whether somebody may call at all. */
    readonly admits: (from: PeerId) => boolean;
    /** Whether somebody is in the address book. */
    readonly isContact: (from: PeerId) => boolean;
    readonly refusals: Refusals;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#self = options.self;
    this.#client = options.client;
    this.#requests = options.requests;
    this.#outbox = options.outbox;
    this.#limits = options.limits;
    this.#guard = options.guard;
    this.#admits = options.admits;
    this.#isContact = options.isContact;
    this.#refusals = options.refusals;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#events = new Emitter((error, event) => this.#logger.error('listener failed', { error, event }));
    this.#unsubscribe = options.inbox.on('call', ({ envelope, message }) => this.#receive(envelope, message));
  }

  on<K extends keyof CourierEvents>(event: K, listener: (payload: CourierEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, listener);
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

  /** Leaves word of a call in the mailbox of somebody whom it did not reach; false: it could not be left. */
  async leaveNotice(notice: {
    readonly to: PeerId;
    readonly callId: CallId;
    readonly video: boolean;
  }): Promise<boolean> {
    const { to, callId, video } = notice;
    if (to === this.#self) {
      return false;
    }
    const left = await this.#outbox.post({
      to,
      write: (stamp) => ({ ...stamp, callId, body: { type: 'missed', media: { video } } }),
      pass: async (box) => this.#requests.putMail({ to, box }),
    });
    this.#logger.info('notice', { callId, left: left.ok, ...(left.ok ? {} : { code: left.error.code }) });
    return left.ok;
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
    return this.#outbox.post({
      to,
      write: (stamp) => ({ ...stamp, callId, body }),
      pass: async (box) => {
        this.#logger.debug('sent', { type: body.type, callId });
        const address = device === undefined ? { to } : { to, device };
        return this.#requests.send({ ...address, box, ttl: ttlSeconds(body) }, deadlineMs(body));
      },
    });
  }

  #receive(envelope: CallEnvelope, message: Deliver): void {
    const { from, callId, body } = envelope;
    if (!this.#admits(from)) {
      this.#logger.debug('not admitted', { type: body.type });
      return;
    }
    if (body.type === 'missed') {
      this.#refusals.refuse('misplaced', from);
      return;
    }
    // Before it is remembered: a caller who is refused here may try the same call again.
    if (!this.#limits.mayPass(from, body)) {
      this.#refusals.refuse('tooOften', from);
      if (body.type === 'invite') {
        this.#events.emit('tooOften', {
          callId,
          peer: from,
          video: body.media.video,
          at: this.#clock.now(),
        });
      }
      return;
    }
    const problem = this.#guard.check({
      envelope,
      fromDevice: message.fromDevice,
      mark: boxMark(message.box),
    });
    if (problem !== undefined) {
      this.#refusals.refuse(problem, from);
      return;
    }
    this.#logger.debug('received', { type: body.type, callId });
    const ageMs = Math.max(0, Math.round(this.#client.serverNow() - message.at));
    const contact = this.#isContact(from);
    this.#events.emit('message', { from, fromDevice: message.fromDevice, callId, body, contact, ageMs });
  }
}
