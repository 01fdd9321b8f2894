import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { ok } from '#shared/result.ts';
import type { BackplaneResult } from './Backplane.ts';
import { Book, type BookChange } from './Book.ts';
import type { RedisCommands } from './RedisCommands.ts';
import { changeBookScript, namesScript, putBookScript } from './redisScripts.ts';
import { bookFields, bookFromFields, changeFields, replySchemas } from './redisValues.ts';

/** The books in Redis: a hash for each device, and a set for each id of the devices that have one. */
export class RedisBooks {
  readonly #commands: RedisCommands;
  readonly #prefix: string;
  readonly #ttlMs: number;

  constructor(options: {
    readonly commands: RedisCommands;
    readonly prefix: string;
    /** How long a book is kept after its device's last connection, milliseconds. */
    readonly ttlMs: number;
  }) {
    this.#commands = options.commands;
    this.#prefix = options.prefix;
    this.#ttlMs = options.ttlMs;
  }

  async find(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<Book>> {
    return this.#commands.run(async (client) =>
      bookFromFields(await client.hGetAll(this.keyOf(id, deviceId))),
    );
  }

  /** Whether a book of a device of `id` names `other` and lets it call. */
  async names(id: PeerId, other: PeerId): Promise<BackplaneResult<boolean>> {
    const args = [other, this.keysOf(id)];
    const reply = await this.#commands.eval(namesScript, [this.devicesKeyOf(id)], args, replySchemas.number);
    return reply.ok ? ok(reply.value === 1) : reply;
  }

  async put(id: PeerId, deviceId: DeviceId, book: Book): Promise<BackplaneResult<null>> {
    const keys = [this.keyOf(id, deviceId), this.devicesKeyOf(id)];
    const args = [deviceId, String(this.#ttlMs), ...bookFields(book)];
    const reply = await this.#commands.eval(putBookScript, keys, args, replySchemas.number);
    return reply.ok ? ok(null) : reply;
  }

  /** `book` is what has come of the changes. */
  async change(
    id: PeerId,
    deviceId: DeviceId,
    changes: readonly BookChange[],
    book: Book,
  ): Promise<BackplaneResult<null>> {
    const key = this.keyOf(id, deviceId);
    const reply = await this.#commands.eval(
      changeBookScript,
      [key],
      changeFields(changes),
      replySchemas.number,
    );
    if (!reply.ok) {
      return reply;
    }
    // There was none to change, or this is the end of it.
    return reply.value === 0 || book.says(Book.empty) ? this.put(id, deviceId, book) : ok(null);
  }

  /** What the key of the book of each device begins with. */
  keysOf(id: PeerId): string {
    return `${this.#prefix}:book:{${id}}:`;
  }

  keyOf(id: PeerId, deviceId: DeviceId): string {
    return this.keysOf(id) + deviceId;
  }

  devicesKeyOf(id: PeerId): string {
    return `${this.#prefix}:books:{${id}}`;
  }

  /** How long the book is to be kept from now on, as the script that refreshes it expects it. */
  ttlOf(book: Book): string {
    return book.says(Book.empty) ? '' : String(this.#ttlMs);
  }
}
