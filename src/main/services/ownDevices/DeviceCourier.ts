import type { DeviceBody, DeviceEnvelope } from '#shared/call/deviceMessages.ts';
import type { Clock } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { SendReceipt } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import type { Result } from '#shared/result.ts';
import { TokenBucket } from '#shared/tokenBucket.ts';
import type { Inbox } from '../signaling/Inbox.ts';
import type { Outbox } from '../signaling/Outbox.ts';
import type { RefusalCause, Refusals } from '../signaling/Refusals.ts';
import { sentAtToleranceMs } from '../signaling/ReplayGuard.ts';
import type { SignalingRequests } from '../signaling/SignalingRequests.ts';
import type { DeviceCounters } from './DeviceCounters.ts';

export interface DeviceMessage {
  readonly from: DeviceId;
  readonly body: DeviceBody;
}

/** Seconds that the server keeps a message for a device whose socket just dropped: as long as a call rings. */
const ttlSeconds = 60;

/** How long we try ourselves, milliseconds; what is too late for that is said anew at the next connection. */
const deadlineMs = 30_000;

/** Messages of all own devices together: a full exchange of records is a fraction of what may come at once. */
const rate = { perSecond: 5, capacity: 100 } as const;

/**
 * Messages between the devices of one identity, sealed to their own key. One is believed when it comes from the
 * device that it names, and its counter is above all that this device has said before, whenever that was.
 */
export class DeviceCourier {
  readonly #self: { readonly id: PeerId; readonly deviceId: DeviceId };
  readonly #requests: Pick<SignalingRequests, 'send'>;
  readonly #outbox: Pick<Outbox, 'post'>;
  readonly #counters: Pick<DeviceCounters, 'last' | 'keep'>;
  readonly #refusals: Refusals;
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #logger: Logger;
  readonly #events: Emitter<{ message: DeviceMessage }>;
  readonly #bucket: TokenBucket;
  readonly #unsubscribe: Unsubscribe;

  constructor(options: {
    readonly self: { readonly id: PeerId; readonly deviceId: DeviceId };
    readonly requests: Pick<SignalingRequests, 'send'>;
    readonly inbox: Pick<Inbox, 'on'>;
    readonly outbox: Pick<Outbox, 'post' | 'countFrom'>;
    readonly counters: Pick<DeviceCounters, 'last' | 'keep'>;
    readonly refusals: Refusals;
    readonly clock: Pick<Clock, 'now' | 'monotonic'>;
    readonly logger: Logger;
  }) {
    this.#self = options.self;
    this.#requests = options.requests;
    this.#outbox = options.outbox;
    this.#counters = options.counters;
    this.#refusals = options.refusals;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#events = new Emitter((error) => this.#logger.error('listener failed', { error }));
    this.#bucket = new TokenBucket({ ...rate, now: this.#clock.monotonic() });
    // A clock that was set back between two starts must not make this device unheard.
    options.outbox.countFrom(this.#counters.last(this.#self.deviceId));
    this.#unsubscribe = options.inbox.on('device', ({ envelope, message }) =>
      this.#receive(envelope, message.fromDevice),
    );
  }

  onMessage(listener: (message: DeviceMessage) => void): Unsubscribe {
    return this.#events.on('message', listener);
  }

  close(): void {
    this.#unsubscribe();
    this.#events.clear();
  }

  /** To one device, or to all others of the identity; the value says which are connected. */
  async send(body: DeviceBody, device?: DeviceId): Promise<Result<SendReceipt>> {
    const { id, deviceId } = this.#self;
    return this.#outbox.post({
      to: id,
      write: (stamp) => {
        this.#counters.keep(deviceId, stamp.seq);
        return { ...stamp, kind: 'device', device: deviceId, body };
      },
      pass: async (box) => {
        this.#logger.debug('sent to own devices', { type: body.type });
        const address = device === undefined ? { to: id } : { to: id, device };
        return this.#requests.send({ ...address, box, ttl: ttlSeconds }, deadlineMs);
      },
    });
  }

  #receive(envelope: DeviceEnvelope, from: DeviceId): void {
    const problem = this.#problem(envelope, from);
    if (problem !== undefined) {
      this.#refusals.refuse(problem, envelope.from);
      return;
    }
    this.#counters.keep(from, envelope.seq);
    this.#logger.debug('own device', { type: envelope.body.type });
    this.#events.emit('message', { from, body: envelope.body });
  }

  #problem(envelope: DeviceEnvelope, from: DeviceId): RefusalCause | undefined {
    // A message of ours that is thrown back names us as its device.
    if (envelope.device !== from || from === this.#self.deviceId) {
      return 'misaddressed';
    }
    if (!this.#bucket.takeIfThere(this.#clock.monotonic())) {
      return 'tooOften';
    }
    if (Math.abs(this.#clock.now() - envelope.sentAt) > sentAtToleranceMs) {
      return 'stale';
    }
    return envelope.seq <= this.#counters.last(from) ? 'replayed' : undefined;
  }
}
