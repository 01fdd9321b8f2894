import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { systemClock, type CancelTimer, type Clock } from '#shared/clock.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import type { PresenceState } from '#shared/protocol/messages.ts';
import { ok } from '#shared/result.ts';
import {
  backplaneFailed,
  type Backplane,
  type BackplaneListener,
  type BackplaneResult,
  type NodeId,
  type Registration,
} from './Backplane.ts';
import { Book, type BookChange } from './Book.ts';
import { createRedisClient, type RedisClient } from './redisClient.ts';
import {
  changeBookScript,
  namesScript,
  otherNodesScript,
  putBookScript,
  refreshScript,
  registerScript,
  showScript,
  unregisterScript,
  watchScript,
} from './redisScripts.ts';
import { bookFields, bookFromFields, changeFields, replySchemas, stateLetter } from './redisValues.ts';

export interface RedisBackplaneOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** First part of every key and channel. */
  readonly prefix?: string;
  /** How long a place outlives a node that died, milliseconds; refreshed at a third of it. */
  readonly placeTtlMs?: number;
  /** How long a key is remembered after its owner's last login, milliseconds. */
  readonly keyTtlMs?: number;
  /** How long a book is kept after its device's last connection, milliseconds. */
  readonly bookTtlMs?: number;
  /** How long a node counts as watching an id without having said so again, milliseconds. */
  readonly watchTtlMs?: number;
  /** A command unanswered for this long has failed, milliseconds. */
  readonly commandTimeoutMs?: number;
}

const hour = 3_600_000;
const day = 24 * hour;
const refreshBatch = 500;

/** Watchers of one script call: one that takes long holds up everybody's. */
const watchBatch = 1_000;

/** A device of this node, and what must be put back if Redis loses it. */
interface Held {
  state: PresenceState;
  book: Book;
}

/** A backplane over Redis 7 or later: places in hashes with a TTL, one sharded channel per node. */
export class RedisBackplane implements Backplane {
  readonly nodeId: NodeId = randomUUID();
  readonly lossless = false;
  readonly #options: Required<RedisBackplaneOptions>;
  readonly #places = new Map<PeerId, Map<DeviceId, Held>>();
  readonly #commands: RedisClient;
  readonly #channel: RedisClient;
  #listener: BackplaneListener | undefined;
  #cancelRefresh: CancelTimer | undefined;
  #started = false;
  #closed = false;

  constructor(options: RedisBackplaneOptions) {
    this.#options = {
      clock: systemClock,
      prefix: 'peerline',
      placeTtlMs: 60_000,
      keyTtlMs: 400 * day,
      bookTtlMs: 30 * day,
      watchTtlMs: hour,
      commandTimeoutMs: 2_000,
      ...options,
    };
    this.#commands = this.#client('commands');
    this.#channel = this.#client('channel');
  }

  async start(listener: BackplaneListener): Promise<BackplaneResult<null>> {
    this.#listener = listener;
    return this.#try(async () => {
      await Promise.all([this.#commands.connect(), this.#channel.connect()]);
      await this.#channel.sSubscribe(this.#channelOf(this.nodeId), (text) => this.#listener?.message(text));
      this.#started = true;
      this.#planRefresh();
      return null;
    });
  }

  async register(
    id: PeerId,
    deviceId: DeviceId,
    maxDevices: number,
    book = Book.empty,
  ): Promise<BackplaneResult<Registration>> {
    const reply = await this.#eval(
      registerScript,
      [this.#placeKey(id)],
      [deviceId, this.nodeId, String(this.#options.placeTtlMs), String(maxDevices)],
      replySchemas.place,
    );
    if (!reply.ok) {
      return reply;
    }
    if (reply.value === null) {
      return ok({ outcome: 'full' });
    }
    this.#hold(id, deviceId).book = book;
    const [before, state] = reply.value;
    const previous = before === '' || before === this.nodeId ? undefined : before;
    return ok({ outcome: 'registered', previous, showed: state !== '' });
  }

  async unregister(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<readonly NodeId[]>> {
    this.#forget(id, deviceId);
    const keys = [this.#placeKey(id), this.#watchKey(id)];
    return this.#eval(unregisterScript, keys, [deviceId, this.nodeId], replySchemas.nodes);
  }

  async otherNodes(
    id: PeerId,
    deviceId?: DeviceId,
    from?: PeerId,
  ): Promise<BackplaneResult<readonly NodeId[]>> {
    // Own devices admit each other.
    const sender = from === undefined || from === id ? '' : from;
    const args = [this.nodeId, deviceId ?? '', sender, this.#bookKeys(id)];
    return this.#eval(otherNodesScript, [this.#placeKey(id)], args, replySchemas.nodes);
  }

  async findBook(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<Book>> {
    return this.#try(async () => bookFromFields(await this.#commands.hGetAll(this.#bookKeys(id) + deviceId)));
  }

  async names(id: PeerId, other: PeerId): Promise<BackplaneResult<boolean>> {
    const args = [other, this.#bookKeys(id)];
    const reply = await this.#eval(namesScript, [this.#bookDevicesKey(id)], args, replySchemas.number);
    return reply.ok ? ok(reply.value === 1) : reply;
  }

  async putBook(id: PeerId, deviceId: DeviceId, book: Book): Promise<BackplaneResult<null>> {
    this.#hold(id, deviceId).book = book;
    return this.#writeBook(id, deviceId, book);
  }

  async changeBook(
    id: PeerId,
    deviceId: DeviceId,
    changes: readonly BookChange[],
    book: Book,
  ): Promise<BackplaneResult<null>> {
    this.#hold(id, deviceId).book = book;
    const key = this.#bookKeys(id) + deviceId;
    const reply = await this.#eval(changeBookScript, [key], changeFields(changes), replySchemas.number);
    if (!reply.ok) {
      return reply;
    }
    // There was none to change, or this is the end of it.
    return reply.value === 0 || book.says(Book.empty) ? this.#writeBook(id, deviceId, book) : ok(null);
  }

  async show(
    id: PeerId,
    deviceId: DeviceId,
    state: PresenceState,
  ): Promise<BackplaneResult<readonly NodeId[]>> {
    this.#hold(id, deviceId).state = state;
    const keys = [this.#placeKey(id), this.#watchKey(id)];
    return this.#eval(showScript, keys, [deviceId, this.nodeId, stateLetter(state)], replySchemas.nodes);
  }

  async watch(id: PeerId, watchers: readonly PeerId[]): Promise<BackplaneResult<readonly PresenceState[]>> {
    const keys = [this.#placeKey(id), this.#watchKey(id)];
    const common = [this.nodeId, String(this.#options.watchTtlMs), id, this.#bookKeys(id)];
    const batches: Promise<BackplaneResult<readonly PresenceState[]>>[] = [];
    for (let start = 0; start < watchers.length; start += watchBatch) {
      const args = [...common, ...watchers.slice(start, start + watchBatch)];
      batches.push(this.#eval(watchScript, keys, args, replySchemas.states));
    }
    const states: PresenceState[] = [];
    for (const reply of await Promise.all(batches)) {
      if (!reply.ok) {
        return reply;
      }
      states.push(...reply.value);
    }
    return ok(states);
  }

  async unwatch(id: PeerId): Promise<BackplaneResult<null>> {
    return this.#try(async () => {
      await this.#commands.hDel(this.#watchKey(id), this.nodeId);
      return null;
    });
  }

  async publish(node: NodeId, text: string): Promise<BackplaneResult<boolean>> {
    return this.#try(async () => (await this.#commands.sPublish(this.#channelOf(node), text)) > 0);
  }

  async rememberKey(id: PeerId, publicKey: string): Promise<BackplaneResult<null>> {
    return this.#try(async () => {
      const expiration = { type: 'PX', value: this.#options.keyTtlMs } as const;
      await this.#commands.set(this.#keyKey(id), publicKey, { expiration });
      return null;
    });
  }

  async findKey(id: PeerId): Promise<BackplaneResult<string | undefined>> {
    return this.#try(async () => (await this.#commands.get(this.#keyKey(id))) ?? undefined);
  }

  healthy(): boolean {
    return this.#started && !this.#closed && this.#commands.isReady && this.#channel.isReady;
  }

  async close(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#cancelRefresh?.();
    const held = [...this.#held()];
    if (this.#started && this.#commands.isReady) {
      await Promise.all(held.map(async ([id, deviceId]) => this.unregister(id, deviceId)));
    }
    this.#closed = true;
    this.#listener = undefined;
    for (const client of [this.#commands, this.#channel]) {
      if (client.isOpen) {
        client.destroy();
      }
    }
  }

  /** Says again where our devices are: keeps the places alive, and puts them back after Redis lost them. */
  async refresh(): Promise<void> {
    const held = [...this.#held()];
    for (let start = 0; start < held.length; start += refreshBatch) {
      const batch = held.slice(start, start + refreshBatch);
      await Promise.all(
        batch.map(async ([id, deviceId]) => {
          // Unregistered while an earlier batch was under way: to refresh it would put it back.
          const held = this.#places.get(id)?.get(deviceId);
          if (held !== undefined) {
            await this.#refreshOne(id, deviceId, held);
          }
        }),
      );
    }
  }

  async #writeBook(id: PeerId, deviceId: DeviceId, book: Book): Promise<BackplaneResult<null>> {
    const keys = [this.#bookKeys(id) + deviceId, this.#bookDevicesKey(id)];
    const args = [deviceId, String(this.#options.bookTtlMs), ...bookFields(book)];
    const reply = await this.#eval(putBookScript, keys, args, replySchemas.number);
    return reply.ok ? ok(null) : reply;
  }

  async #refreshOne(id: PeerId, deviceId: DeviceId, held: Held): Promise<void> {
    const keys = [this.#placeKey(id), this.#bookKeys(id) + deviceId, this.#bookDevicesKey(id)];
    const ttl = String(this.#options.placeTtlMs);
    const bookTtl = held.book.says(Book.empty) ? '' : String(this.#options.bookTtlMs);
    const args = [deviceId, this.nodeId, ttl, stateLetter(held.state), bookTtl];
    const reply = await this.#eval(refreshScript, keys, args, replySchemas.number);
    if (!reply.ok) {
      return;
    }
    if (reply.value === 0 && this.#forget(id, deviceId)) {
      this.#listener?.lost(id, deviceId);
    } else if (reply.value === 2 && this.#places.get(id)?.get(deviceId) === held) {
      await this.putBook(id, deviceId, held.book);
    }
  }

  #client(role: string): RedisClient {
    const { url, logger, commandTimeoutMs } = this.#options;
    return createRedisClient({ url, role, logger, commandTimeoutMs });
  }

  #planRefresh(): void {
    if (this.#closed) {
      return;
    }
    this.#cancelRefresh = this.#options.clock.after(this.#options.placeTtlMs / 3, () => {
      void this.refresh().then(() => this.#planRefresh());
    });
  }

  async #eval<T>(
    script: string,
    keys: string[],
    args: string[],
    schema: z.ZodType<T>,
  ): Promise<BackplaneResult<T>> {
    // EVAL, not EVALSHA: falling back after NOSCRIPT would let a later question overtake an earlier one.
    return this.#try(async () => schema.parse(await this.#commands.eval(script, { keys, arguments: args })));
  }

  async #try<T>(task: () => Promise<T>): Promise<BackplaneResult<T>> {
    if (this.#closed) {
      return backplaneFailed('closed');
    }
    try {
      return ok(await task());
    } catch (error) {
      return backplaneFailed(error instanceof Error ? error.message : 'unknown failure');
    }
  }

  #hold(id: PeerId, deviceId: DeviceId): Held {
    const devices = this.#places.get(id) ?? new Map<DeviceId, Held>();
    const held = devices.get(deviceId) ?? { state: 'offline', book: Book.empty };
    this.#places.set(id, devices.set(deviceId, held));
    return held;
  }

  #forget(id: PeerId, deviceId: DeviceId): boolean {
    const devices = this.#places.get(id);
    const known = devices?.delete(deviceId) ?? false;
    if (devices?.size === 0) {
      this.#places.delete(id);
    }
    return known;
  }

  *#held(): Generator<readonly [PeerId, DeviceId]> {
    for (const [id, devices] of this.#places) {
      for (const deviceId of devices.keys()) {
        yield [id, deviceId];
      }
    }
  }

  #placeKey(id: PeerId): string {
    return `${this.#options.prefix}:at:{${id}}`;
  }

  /** What the key of the book of each device begins with. */
  #bookKeys(id: PeerId): string {
    return `${this.#options.prefix}:book:{${id}}:`;
  }

  #bookDevicesKey(id: PeerId): string {
    return `${this.#options.prefix}:books:{${id}}`;
  }

  #watchKey(id: PeerId): string {
    return `${this.#options.prefix}:watch:{${id}}`;
  }

  #keyKey(id: PeerId): string {
    return `${this.#options.prefix}:key:${id}`;
  }

  #channelOf(node: NodeId): string {
    return `${this.#options.prefix}:node:${node}`;
  }
}
