import { z } from 'zod';
import { systemClock, type Clock } from '#shared/clock.ts';
import { deviceIdSchema, type DeviceId } from '#shared/identity/ids.ts';
import { peerIdSchema, type PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { mailIdSchema } from '#shared/protocol/messages.ts';
import { ok } from '#shared/result.ts';
import {
  defaultMailboxBounds,
  leaseMs as defaultLeaseMs,
  mailboxFailed,
  type Leased,
  type LeaseRequest,
  type MailboxBounds,
  type MailboxResult,
  type MailboxStore,
  type NewNotice,
  type Notice,
  type Put,
} from './MailboxStore.ts';
import { newMailId } from './MemoryMailbox.ts';
import { createRedisClient, type RedisClient } from './redisClient.ts';
import {
  acknowledgeScript,
  claimScript,
  expireScript,
  listScript,
  putScript,
  releaseScript,
  renewScript,
  signOutScript,
} from './redisMailScripts.ts';

/** How long a device stays signed out after it was last said, milliseconds: as long as keys are remembered. */
const signedOutMs = 400 * 86_400_000;

const listed = z.object({ mail: mailIdSchema, from: peerIdSchema, holder: z.string() });
const claimed = z
  .object({ mail: mailIdSchema, from: peerIdSchema, text: z.string() })
  .transform(({ mail, from, text }): Notice => {
    const [device, at, box = ''] = text.split(' ');
    return { mail, from, fromDevice: deviceIdSchema.parse(device), at: Number(at), box };
  });

const strings = z.array(z.string());

const replies = {
  put: z.tuple([z.int(), z.int(), z.int()]),
  list: strings.transform((flat) =>
    triples(flat).map(([mail, from, holder]) => listed.parse({ mail, from, holder })),
  ),
  claim: strings.transform(([blocked, ...flat]) => ({
    blocked: blocked === '1',
    notices: triples(flat).map(([mail, from, text]) => claimed.parse({ mail, from, text })),
  })),
  acknowledge: z.tuple([z.int(), z.int()]),
  count: z.int(),
};

/** A mailbox in Redis 7 or later, which all nodes of a server share. */
export class RedisMailbox implements MailboxStore {
  readonly #bounds: MailboxBounds;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #base: string;
  readonly #prefix: string;
  readonly #client: RedisClient;
  #expired = 0;

  constructor(options: {
    /** `redis://` or `rediss://`. */
    readonly url: string;
    readonly logger: Logger;
    readonly bounds?: Partial<MailboxBounds>;
    readonly clock?: Clock;
    /** First part of every key. */
    readonly prefix?: string;
    /** How long a lease outlives a node that died, milliseconds. */
    readonly leaseMs?: number;
    /** A command that could not be sent for this long has failed; one that was sent has after three times it. Milliseconds. */
    readonly commandTimeoutMs?: number;
  }) {
    this.#bounds = { ...defaultMailboxBounds, ...options.bounds };
    this.#clock = options.clock ?? systemClock;
    this.#leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.#prefix = options.prefix ?? 'peerline';
    this.#base = `${this.#prefix}:{mail}`;
    const { url, logger, commandTimeoutMs = 2_000 } = options;
    this.#client = createRedisClient({ url, role: 'mailbox', logger, commandTimeoutMs });
  }

  async start(): Promise<MailboxResult<null>> {
    return this.#try(async () => {
      if (!this.#client.isOpen) {
        await this.#client.connect();
      }
      return null;
    });
  }

  async put(notice: NewNotice): Promise<MailboxResult<Put>> {
    const { to, from, fromDevice, box, at, named } = notice;
    const { perRecipient, perSender, perSenderInAll, inAll, noticeMs } = this.#bounds;
    const facts = [to, from, fromDevice, box, at, this.#clock.now(), named ? 1 : 0, newMailId()];
    const bounds = [perRecipient, perSender, perSenderInAll, inAll, noticeMs];
    const reply = await this.#eval(putScript, [...facts, ...bounds], replies.put);
    if (!reply.ok) {
      return reply;
    }
    const [kept, displaced, expired] = reply.value;
    this.#expired += expired;
    return ok({ kept: kept === 1, displaced });
  }

  async lease({ to, holder, most, again, admits }: LeaseRequest): Promise<MailboxResult<Leased>> {
    const list = await this.#eval(listScript, [to, this.#clock.now()], replies.list);
    if (!list.ok) {
      return list;
    }
    let had = list.value.filter((entry) => entry.holder === holder).length;
    const wanted: string[] = [];
    let blocked = false;
    for (const { mail, from, holder: other } of list.value) {
      if (!admits(from)) {
        continue;
      }
      blocked = other !== '' && other !== holder;
      if (blocked || (other === '' && had >= most)) {
        break;
      }
      if (other === '') {
        had++;
        wanted.push(mail);
      } else if (again) {
        wanted.push(mail);
      }
    }
    if (wanted.length === 0) {
      return ok({ notices: [], blocked });
    }
    // Between the two scripts another holder may take the first of them; then there is none of the later ones.
    const claim = await this.#eval(claimScript, [to, holder, this.#leaseMs, ...wanted], replies.claim);
    return claim.ok ? ok({ notices: claim.value.notices, blocked: blocked || claim.value.blocked }) : claim;
  }

  async acknowledge(
    to: PeerId,
    holder: string,
    mail: readonly string[],
  ): Promise<MailboxResult<{ readonly removed: number; readonly left: boolean }>> {
    const facts = [to, holder, this.#clock.now(), ...mail];
    const reply = await this.#eval(acknowledgeScript, facts, replies.acknowledge);
    return reply.ok ? ok({ removed: reply.value[0], left: reply.value[1] > 0 }) : reply;
  }

  async release(to: PeerId, holder: string, mail?: readonly string[]): Promise<MailboxResult<boolean>> {
    if (mail?.length === 0) {
      return ok(false);
    }
    const reply = await this.#eval(releaseScript, [to, holder, ...(mail ?? [])], replies.count);
    return reply.ok ? ok(reply.value > 0) : reply;
  }

  async renew(to: PeerId, holder: string): Promise<MailboxResult<null>> {
    const reply = await this.#eval(renewScript, [to, holder, this.#leaseMs], replies.count);
    return reply.ok ? ok(null) : reply;
  }

  async expire(): Promise<MailboxResult<number>> {
    const reply = await this.#eval(expireScript, [this.#clock.now()], replies.count);
    if (!reply.ok) {
      return reply;
    }
    const expired = this.#expired + reply.value;
    this.#expired = 0;
    return ok(expired);
  }

  async signOut(id: PeerId, deviceId: DeviceId): Promise<MailboxResult<null>> {
    return this.#try(async () => {
      await this.#client.eval(signOutScript, {
        keys: [this.#signedOutKey(id)],
        arguments: [deviceId, String(this.#bounds.signedOutPerId), String(signedOutMs)],
      });
      return null;
    });
  }

  async isSignedOut(id: PeerId, deviceId: DeviceId): Promise<MailboxResult<boolean>> {
    return this.#try(async () => (await this.#client.zScore(this.#signedOutKey(id), deviceId)) !== null);
  }

  async close(): Promise<void> {
    if (this.#client.isOpen) {
      this.#client.destroy();
    }
    return Promise.resolve();
  }

  async #eval<T>(
    script: string,
    values: readonly (string | number)[],
    schema: z.ZodType<T>,
  ): Promise<MailboxResult<T>> {
    return this.#try(async () =>
      schema.parse(await this.#client.eval(script, { keys: [this.#base], arguments: values.map(String) })),
    );
  }

  async #try<T>(task: () => Promise<T>): Promise<MailboxResult<T>> {
    try {
      return ok(await task());
    } catch (error) {
      return mailboxFailed(error);
    }
  }

  #signedOutKey(id: PeerId): string {
    return `${this.#prefix}:out:${id}`;
  }
}

function triples(flat: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.floor(flat.length / 3) }, (_, index) =>
    flat.slice(index * 3, index * 3 + 3),
  );
}
