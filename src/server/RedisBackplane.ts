import { randomUUID } from 'node:crypto';
import { systemClock, type CancelTimer, type Clock } from '#shared/clock.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import type { PresenceState } from '#shared/protocol/messages.ts';
import { ok } from '#shared/result.ts';
import type { Backplane, BackplaneListener, BackplaneResult, NodeId, Registration } from './Backplane.ts';
import { Book, type BookChange } from './Book.ts';
import { HeldDevices, type Held } from './HeldDevices.ts';
import { RedisBooks } from './RedisBooks.ts';
import { createRedisClient, type RedisClient } from './redisClient.ts';
import { RedisCommands } from './RedisCommands.ts';
import {
  otherNodesScript,
  refreshScript,
  registerScript,
  showScript,
  unregisterScript,
  watchScript,
} from './redisScripts.ts';
import { replySchemas, stateLetter } from './redisValues.ts';

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
  /** A command that could not be sent for this long has failed; one that was sent has after three times it. Milliseconds. */
  readonly commandTimeoutMs?: number;
}

const hour = 3_600_000;
const day = 24 * hour;
const refreshBatch = 500;

/** Watchers of one script call: one that takes long holds up everybody's. */
const watchBatch = 1_000;

/** A backplane over Redis 7 or later: places in hashes with a TTL, one sharded channel per node. */
export class RedisBackplane implements Backplane {
  readonly nodeId: NodeId = randomUUID();
  readonly lossless = false;
  readonly #options: Required<RedisBackplaneOptions>;
  readonly #held = new HeldDevices();
  readonly #commands: RedisCommands;
  readonly #books: RedisBooks;
  readonly #channel: RedisClient;
  #listener: BackplaneListener | undefined;
  #cancelRefresh: CancelTimer | undefined;
  #started = false;

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
    const { url, logger, commandTimeoutMs, prefix, bookTtlMs } = this.#options;
    this.#commands = new RedisCommands({ url, logger, commandTimeoutMs });
    this.#channel = createRedisClient({ url, role: 'channel', logger, commandTimeoutMs });
    this.#books = new RedisBooks({ commands: this.#commands, prefix, ttlMs: bookTtlMs });
  }

  async start(listener: BackplaneListener): Promise<BackplaneResult<null>> {
    this.#listener = listener;
    return this.#commands.run(async (commands) => {
      await Promise.all([commands.connect(), this.#channel.connect()]);
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
    const reply = await this.#commands.eval(
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
    this.#held.hold(id, deviceId).book = book;
    const [before, state] = reply.value;
    const previous = before === '' || before === this.nodeId ? undefined : before;
    return ok({ outcome: 'registered', previous, showed: state !== '' });
  }

  async unregister(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<readonly NodeId[]>> {
    this.#held.forget(id, deviceId);
    const keys = [this.#placeKey(id), this.#watchKey(id)];
    return this.#commands.eval(unregisterScript, keys, [deviceId, this.nodeId], replySchemas.nodes);
  }

  async otherNodes(
    id: PeerId,
    deviceId?: DeviceId,
    from?: PeerId,
  ): Promise<BackplaneResult<readonly NodeId[]>> {
    // Own devices admit each other.
    const sender = from === undefined || from === id ? '' : from;
    const args = [this.nodeId, deviceId ?? '', sender, this.#books.keysOf(id)];
    return this.#commands.eval(otherNodesScript, [this.#placeKey(id)], args, replySchemas.nodes);
  }

  async findBook(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<Book>> {
    return this.#books.find(id, deviceId);
  }

  async names(id: PeerId, other: PeerId): Promise<BackplaneResult<boolean>> {
    return this.#books.names(id, other);
  }

  async putBook(id: PeerId, deviceId: DeviceId, book: Book): Promise<BackplaneResult<null>> {
    this.#held.hold(id, deviceId).book = book;
    return this.#books.put(id, deviceId, book);
  }

  async changeBook(
    id: PeerId,
    deviceId: DeviceId,
    changes: readonly BookChange[],
    book: Book,
  ): Promise<BackplaneResult<null>> {
    this.#held.hold(id, deviceId).book = book;
    return this.#books.change(id, deviceId, changes, book);
  }

  async show(
    id: PeerId,
    deviceId: DeviceId,
    state: PresenceState,
  ): Promise<BackplaneResult<readonly NodeId[]>> {
    this.#held.hold(id, deviceId).state = state;
    const keys = [this.#placeKey(id), this.#watchKey(id)];
    return this.#commands.eval(
      showScript,
      keys,
      [deviceId, this.nodeId, stateLetter(state)],
      replySchemas.nodes,
    );
  }

  async watch(id: PeerId, watchers: readonly PeerId[]): Promise<BackplaneResult<readonly PresenceState[]>> {
    const keys = [this.#placeKey(id), this.#watchKey(id)];
    const common = [this.nodeId, String(this.#options.watchTtlMs), id, this.#books.keysOf(id)];
    const batches: Promise<BackplaneResult<readonly PresenceState[]>>[] = [];
    for (let start = 0; start < watchers.length; start += watchBatch) {
      const args = [...common, ...watchers.slice(start, start + watchBatch)];
      batches.push(this.#commands.eval(watchScript, keys, args, replySchemas.states));
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
    return this.#commands.run(async (client) => {
      await client.hDel(this.#watchKey(id), this.nodeId);
      return null;
    });
  }

  async publish(node: NodeId, text: string): Promise<BackplaneResult<boolean>> {
    return this.#commands.run(async (client) => (await client.sPublish(this.#channelOf(node), text)) > 0);
  }

  async rememberKey(id: PeerId, publicKey: string): Promise<BackplaneResult<null>> {
    return this.#commands.run(async (client) => {
      const expiration = { type: 'PX', value: this.#options.keyTtlMs } as const;
      await client.set(this.#keyKey(id), publicKey, { expiration });
      return null;
    });
  }

  async findKey(id: PeerId): Promise<BackplaneResult<string | undefined>> {
    return this.#commands.run(async (client) => (await client.get(this.#keyKey(id))) ?? undefined);
  }

  /** Asks: a Redis that has stopped answering keeps its connections open. */
  async healthy(): Promise<boolean> {
    const connected = this.#started && this.#commands.ready && this.#channel.isReady;
    return connected && (await this.#commands.run(async (client) => client.ping())).ok;
  }

  async close(): Promise<void> {
    if (this.#commands.closed) {
      return;
    }
    this.#cancelRefresh?.();
    const held = this.#held.all();
    if (this.#started && this.#commands.ready) {
      await Promise.all(held.map(async ([id, deviceId]) => this.unregister(id, deviceId)));
    }
    this.#commands.close();
    this.#listener = undefined;
    if (this.#channel.isOpen) {
      this.#channel.destroy();
    }
  }

  /** Says again where our devices are: keeps the places alive, and puts them back after Redis lost them. */
  async refresh(): Promise<void> {
    const held = this.#held.all();
    for (let start = 0; start < held.length; start += refreshBatch) {
      const batch = held.slice(start, start + refreshBatch);
      await Promise.all(
        batch.map(async ([id, deviceId]) => {
          // Unregistered while an earlier batch was under way: to refresh it would put it back.
          const held = this.#held.find(id, deviceId);
          if (held !== undefined) {
            await this.#refreshOne(id, deviceId, held);
          }
        }),
      );
    }
  }

  async #refreshOne(id: PeerId, deviceId: DeviceId, held: Held): Promise<void> {
    const keys = [this.#placeKey(id), this.#books.keyOf(id, deviceId), this.#books.devicesKeyOf(id)];
    const ttl = String(this.#options.placeTtlMs);
    const args = [deviceId, this.nodeId, ttl, stateLetter(held.state), this.#books.ttlOf(held.book)];
    const reply = await this.#commands.eval(refreshScript, keys, args, replySchemas.number);
    if (!reply.ok) {
      return;
    }
    if (reply.value === 0 && this.#held.forget(id, deviceId)) {
      this.#listener?.lost(id, deviceId);
    } else if (reply.value === 2 && this.#held.find(id, deviceId) === held) {
      await this.putBook(id, deviceId, held.book);
    }
  }

  #planRefresh(): void {
    if (this.#commands.closed) {
      return;
    }
    this.#cancelRefresh = this.#options.clock.after(this.#options.placeTtlMs / 3, () => {
      void this.refresh().then(() => this.#planRefresh());
    });
  }

  #placeKey(id: PeerId): string {
    return `${this.#options.prefix}:at:{${id}}`;
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
