import type { Clock } from '#shared/clock.ts';
import type { Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { limits } from '#shared/protocol/limits.ts';
import type { Mail } from '#shared/protocol/messages.ts';
import type { Result } from '#shared/result.ts';
import type { BoxOpener } from './BoxOpener.ts';
import type { UnheardCall } from './CallCourier.ts';
import type { Refusals } from './Refusals.ts';
import { sentAtToleranceMs } from './ReplayGuard.ts';
import type { SignalingClient } from './SignalingClient.ts';

/** Notices that may wait here; a server that keeps to the limits has no more for one recipient. */
const waitingLimit = limits.noticesPerRecipient;

/** Notices that one `mail.ack` names. */
const ackLimit = 64;

/** How old a notice may be by the server's clock, milliseconds. */
const longestAgeMs = limits.noticeSeconds * 1_000;

type Outcome =
  /** Nothing more to be had from it: the server may forget it. */
  | 'dealtWith'
  /** It could not be opened or kept now; it is tried again when a session begins. */
  | 'later';

/**
 * Reads the notices of calls that reached nobody. One after the other, so that they are recorded in the order in
 * which they were left; what is recorded, or good for nothing, is acknowledged, and only then does the server
 * forget it. A notice may come again, and from a server that cheats more often than that: the call id it carries
 * is recorded once.
 */
export class Mailroom {
  readonly #client: Pick<SignalingClient, 'ackMail' | 'serverNow'>;
  readonly #opener: Pick<BoxOpener, 'open'>;
  readonly #admits: (from: PeerId, at: number) => boolean;
  readonly #record: (call: UnheardCall) => Result<unknown>;
  readonly #refusals: Refusals;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #logger: Logger;
  readonly #unsubscribe: readonly Unsubscribe[];
  #waiting: Mail[] = [];
  #acks: string[] = [];
  #working = false;
  /** A session began while it worked. */
  #again = false;
  #closed = false;

  constructor(options: {
    readonly client: Pick<SignalingClient, 'on' | 'ackMail' | 'serverNow'>;
    readonly opener: Pick<BoxOpener, 'open'>;
    /** Whether somebody may call at all, and might at that time; milliseconds since the epoch, our clock. */
    readonly admits: (from: PeerId, at: number) => boolean;
    /** Keeps a missed call, unless its call id is known. */
    readonly record: (call: UnheardCall) => Result<unknown>;
    readonly refusals: Refusals;
    readonly clock: Pick<Clock, 'now'>;
    readonly logger: Logger;
  }) {
    this.#client = options.client;
    this.#opener = options.opener;
    this.#admits = options.admits;
    this.#record = options.record;
    this.#refusals = options.refusals;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#unsubscribe = [
      options.client.on('mail', (mail) => this.#enqueue(mail)),
      options.client.on('session', ({ resumed }) => this.#session(resumed)),
    ];
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#unsubscribe.forEach((off) => off());
  }

  #session(resumed: boolean): void {
    if (!resumed) {
      // The server brings everything again that was not acknowledged.
      this.#waiting = [];
      this.#acks = [];
    }
    this.#again = true;
    void this.#work();
  }

  #enqueue(mail: Mail): void {
    if (this.#waiting.some((waiting) => waiting.mail === mail.mail)) {
      return;
    }
    if (this.#waiting.length >= waitingLimit) {
      this.#refusals.refuse('tooMany', mail.from);
      return;
    }
    this.#waiting.push(mail);
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#working) {
      return;
    }
    this.#working = true;
    do {
      await this.#workOff();
      this.#ack();
    } while (this.#mustGoOn());
    this.#working = false;
  }

  #mustGoOn(): boolean {
    const again = this.#again;
    this.#again = false;
    return again;
  }

  async #workOff(): Promise<void> {
    for (let mail = this.#waiting[0]; mail !== undefined; mail = this.#waiting[0]) {
      if ((await this.#dealWith(mail)) === 'later') {
        return;
      }
      if (this.#waiting[0] === mail) {
        this.#waiting.shift();
      }
      this.#acks.push(mail.mail);
      if (this.#acks.length >= ackLimit) {
        this.#ack();
      }
    }
  }

  #ack(): void {
    const acks = this.#acks.splice(0);
    if (acks.length > 0 && !this.#closed) {
      this.#client.ackMail(acks);
    }
  }

  async #dealWith(mail: Mail): Promise<Outcome> {
    try {
      return await this.#read(mail);
    } catch (error) {
      this.#logger.error('notice failed', { error });
      return 'later';
    }
  }

  async #read(mail: Mail): Promise<Outcome> {
    const opened = await this.#opener.open(mail);
    if (!opened.ok) {
      this.#refusals.refuse(opened.error, mail.from);
      return opened.error === 'keyUnavailable' ? 'later' : 'dealtWith';
    }
    const envelope = opened.value;
    if ('kind' in envelope || envelope.body.type !== 'missed') {
      this.#refusals.refuse('misplaced', mail.from);
      return 'dealtWith';
    }
    if (Math.abs(this.#clock.now() - envelope.sentAt) > longestAgeMs + sentAtToleranceMs) {
      this.#refusals.refuse('stale', mail.from);
      return 'dealtWith';
    }
    if (this.#closed) {
      return 'later';
    }
    const at = this.#hereAt(mail.at);
    if (!this.#admits(mail.from, at)) {
      return 'dealtWith';
    }
    const recorded = this.#record({
      callId: envelope.callId,
      peer: envelope.from,
      video: envelope.body.media.video,
      at,
    });
    this.#logger.debug('notice', { callId: envelope.callId, recorded: recorded.ok });
    return recorded.ok ? 'dealtWith' : 'later';
  }

  /** A time of the server's clock on ours. Neither the sender's clock nor an impossible age of the server counts. */
  #hereAt(at: number): number {
    const age = Math.min(Math.max(0, this.#client.serverNow() - at), longestAgeMs);
    return Math.round(this.#clock.now() - age);
  }
}
