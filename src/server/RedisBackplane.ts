import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { z } from 'zod';
import { systemClock, type CancelTimer, type Clock } from '#shared/clock.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { ok } from '#shared/result.ts';
import {
  backplaneFailed,
  type Backplane,
  type BackplaneListener,
  type BackplaneResult,
  type NodeId,
  type Registration,
} from './Backplane.ts';
import { otherNodesScript, refreshScript, registerScript, unregisterScript } from './redisScripts.ts';

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
  /** A command unanswered for this long has failed, milliseconds. */
  readonly commandTimeoutMs?: number;
}

const day = 86_400_000;
const refreshBatch = 500;
const longestRetryMs = 2_000;

const replySchemas = { place: z.string().nullable(), nodes: z.array(z.string()), refreshed: z.number() };

type Client = ReturnType<typeof createClient>;

/** A backplane over Redis 7 or later: places in hashes with a TTL, one sharded channel per node. */
export class RedisBackplane implements Backplane {
  readonly nodeId: NodeId = randomUUID();
  readonly #options: Required<RedisBackplaneOptions>;
  readonly #places = new Map<PeerId, Set<DeviceId>>();
  readonly #commands: Client;
  readonly #channel: Client;
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

  async register(id: PeerId, deviceId: DeviceId, maxDevices: number): Promise<BackplaneResult<Registration>> {
    const reply = await this.#eval(
      registerScript,
      this.#placeKey(id),
      [deviceId, this.nodeId, String(this.#options.placeTtlMs), String(maxDevices)],
      replySchemas.place,
    );
    if (!reply.ok) {
      return reply;
    }
    if (reply.value === null) {
      return ok({ outcome: 'full' });
    }
    const devices = this.#places.get(id) ?? new Set();
    this.#places.set(id, devices.add(deviceId));
    const previous = reply.value === '' || reply.value === this.nodeId ? undefined : reply.value;
    return ok({ outcome: 'registered', previous });
  }

  async unregister(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<null>> {
    this.#forget(id, deviceId);
    const reply = await this.#eval(
      unregisterScript,
      this.#placeKey(id),
      [deviceId, this.nodeId],
      replySchemas.refreshed,
    );
    return reply.ok ? ok(null) : reply;
  }

  async otherNodes(id: PeerId, deviceId?: DeviceId): Promise<BackplaneResult<readonly NodeId[]>> {
    return this.#eval(
      otherNodesScript,
      this.#placeKey(id),
      [this.nodeId, deviceId ?? ''],
      replySchemas.nodes,
    );
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
    const ttl = String(this.#options.placeTtlMs);
    for (let start = 0; start < held.length; start += refreshBatch) {
      const batch = held.slice(start, start + refreshBatch);
      await Promise.all(
        batch.map(async ([id, deviceId]) => {
          // Unregistered while an earlier batch was under way: to refresh it would put it back.
          if (this.#places.get(id)?.has(deviceId) !== true) {
            return;
          }
          const args = [deviceId, this.nodeId, ttl];
          const reply = await this.#eval(refreshScript, this.#placeKey(id), args, replySchemas.refreshed);
          if (reply.ok && reply.value === 0 && this.#forget(id, deviceId)) {
            this.#listener?.lost(id, deviceId);
          }
        }),
      );
    }
  }

  #client(role: string): Client {
    const client = createClient({
      url: this.#options.url,
      // A request that cannot be served now must fail now: its sender waits for the receipt.
      disableOfflineQueue: true,
      commandOptions: { timeout: this.#options.commandTimeoutMs },
      socket: {
        connectTimeout: this.#options.commandTimeoutMs,
        reconnectStrategy: (retries) => this.#started && Math.min(50 * 2 ** retries, longestRetryMs),
      },
    });
    const log = this.#options.logger;
    client.on('error', (error: unknown) => {
      log.warn('redis connection failed', {
        role,
        error: error instanceof Error ? error.message : 'unknown',
      });
    });
    client.on('ready', () => log.info('redis connection ready', { role }));
    return client as Client;
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
    key: string,
    args: string[],
    schema: z.ZodType<T>,
  ): Promise<BackplaneResult<T>> {
    // EVAL, not EVALSHA: falling back after NOSCRIPT would let a later question overtake an earlier one.
    return this.#try(async () =>
      schema.parse(await this.#commands.eval(script, { keys: [key], arguments: args })),
    );
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
      for (const deviceId of devices) {
        yield [id, deviceId];
      }
    }
  }

  #placeKey(id: PeerId): string {
    return `${this.#options.prefix}:at:${id}`;
  }

  #keyKey(id: PeerId): string {
    return `${this.#options.prefix}:key:${id}`;
  }

  #channelOf(node: NodeId): string {
    return `${this.#options.prefix}:node:${node}`;
  }
}
