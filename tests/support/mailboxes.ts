import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { LeaseRequest, MailboxBounds, MailboxResult, MailboxStore, Put } from '#server/MailboxStore.ts';
import { MemoryMailbox } from '#server/MemoryMailbox.ts';
import { RedisMailbox } from '#server/RedisMailbox.ts';
import { SqliteMailbox } from '#server/SqliteMailbox.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { FakeClock } from './FakeClock.ts';
import { testDeviceId, testIdentity } from './protocolClient.ts';
import { RedisServer } from './redisServer.ts';
import { testLogger } from './testLogger.ts';

interface MakeOptions {
  readonly bounds: Partial<MailboxBounds>;
  readonly clock: FakeClock;
  /** Stores of one place keep the same things. */
  readonly place: string;
}

export interface MailboxKind {
  readonly name: string;
  /** Whether a second store of the same place knows what the first one kept. */
  readonly survives: boolean;
  readonly make: (options: MakeOptions) => MailboxStore;
}

/** Every kind of mailbox there is, with a real Redis and real files for the tests of this file. */
export function mailboxKinds(): { readonly kinds: readonly MailboxKind[]; readonly redisUrl: () => string } {
  const { logger } = testLogger();
  const folder = mkdtempSync(join(tmpdir(), 'peerline-mailbox-'));
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const kinds: readonly MailboxKind[] = [
    { name: 'MemoryMailbox', survives: false, make: (options) => new MemoryMailbox(options) },
    {
      name: 'SqliteMailbox',
      survives: true,
      make: ({ place, ...options }) => new SqliteMailbox({ folder: join(folder, place), logger, ...options }),
    },
    {
      name: 'RedisMailbox',
      survives: true,
      make: ({ place, ...options }) =>
        new RedisMailbox({ url: redis.url, prefix: place, logger, ...options }),
    },
  ];
  return { kinds, redisUrl: () => redis.url };
}

let places = 0;
export const newPlace = (): string => `place${++places}`;

export function value<T>(result: MailboxResult<T>): T {
  if (!result.ok) {
    throw new Error(result.error.message);
  }
  return result.value;
}

export const [carol, dave, owner] = [testIdentity().id, testIdentity().id, testIdentity().id];
export const device = testDeviceId();
export const strangers = Array.from({ length: 40 }, () => testIdentity().id);

/** A store with the questions that tests ask it. */
export class Subject {
  readonly store: MailboxStore;
  readonly clock: FakeClock;

  constructor(store: MailboxStore, clock: FakeClock) {
    this.store = store;
    this.clock = clock;
  }

  async put(
    box: string,
    { from = carol, to = owner, named = false }: { from?: PeerId; to?: PeerId; named?: boolean } = {},
  ): Promise<Put> {
    return value(await this.store.put({ to, from, fromDevice: device, box, at: this.clock.now(), named }));
  }

  async lease(holder: string, options: Partial<LeaseRequest> = {}) {
    return value(
      await this.store.lease({
        to: owner,
        holder,
        most: 1_000,
        again: false,
        admits: () => true,
        ...options,
      }),
    );
  }

  /** The boxes that a holder gets. */
  async boxes(holder: string, options: Partial<LeaseRequest> = {}): Promise<readonly string[]> {
    return (await this.lease(holder, options)).notices.map(({ box }) => box);
  }

  /** What is in a mailbox, without taking it. */
  async inside(to: PeerId = owner): Promise<readonly string[]> {
    const boxes = await this.boxes('look', { to, again: true });
    await this.store.release(to, 'look');
    return boxes;
  }
}

/** Starts stores of one kind, and closes them when the test is over. */
export function starter(
  make: MailboxKind['make'],
): (bounds?: Partial<MailboxBounds>, place?: string) => Promise<Subject> {
  const open: MailboxStore[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (store) => store.close()));
  });
  return async (bounds = {}, place = newPlace()) => {
    const clock = new FakeClock();
    const store = make({ bounds, clock, place });
    open.push(store);
    value(await store.start());
    return new Subject(store, clock);
  };
}
