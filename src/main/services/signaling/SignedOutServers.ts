import { z } from 'zod';
import { deviceIdSchema, type DeviceId } from '#shared/identity/ids.ts';
import type { Notice } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { limits } from '#shared/protocol/limits.ts';
import { JsonFile } from '../storage/JsonFile.ts';

/** Nobody is signed out at more servers than this without starting anew; the oldest is forgotten first. */
const serverLimit = 64;

const fileSchema = z.object({
  deviceId: deviceIdSchema,
  /** Host and port, see `audienceOf`. */
  servers: z.array(z.string().max(limits.audienceChars)).max(serverLimit),
});

/**
 * The servers at which another device of the identity signed this one out. A server without Redis forgets such
 * a word when it restarts; this computer does not, whatever the person at it presses. What is kept is for one
 * device id: restoring the identity gives the computer another one, and that is how it gets in again.
 */
export class SignedOutServers {
  readonly #deviceId: DeviceId;
  readonly #file: JsonFile<z.infer<typeof fileSchema>>;
  readonly #logger: Logger;
  readonly #servers = new Set<string>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly deviceId: DeviceId;
    readonly path: string;
    readonly now: () => number;
    readonly logger: Logger;
  }) {
    this.#deviceId = options.deviceId;
    this.#file = new JsonFile({ path: options.path, schema: fileSchema, now: options.now });
    this.#logger = options.logger;
  }

  async load(): Promise<Notice | undefined> {
    const loaded = await this.#file.load();
    if (loaded.state === 'loaded' && loaded.value.deviceId === this.#deviceId) {
      loaded.value.servers.forEach((server) => this.#servers.add(server));
    }
    if (loaded.state !== 'broken') {
      return undefined;
    }
    this.#logger.warn('list of servers that signed us out broken', { keptAs: loaded.keptAs });
    return { code: 'STORAGE_BROKEN', ...(loaded.keptAs === null ? {} : { detail: loaded.keptAs }) };
  }

  has(server: string): boolean {
    return this.#servers.has(server);
  }

  add(server: string): void {
    if (this.#servers.has(server)) {
      return;
    }
    this.#servers.add(server);
    const [oldest] = this.#servers;
    if (this.#servers.size > serverLimit && oldest !== undefined) {
      this.#servers.delete(oldest);
    }
    this.#writing = this.#file
      .save({ deviceId: this.#deviceId, servers: [...this.#servers] })
      .then((written) => {
        if (!written.ok) {
          this.#logger.error('being signed out not written', { cause: written.error });
        }
      });
  }

  /** Resolves when the list is on the disk or could not be written. */
  async settled(): Promise<void> {
    await this.#writing;
  }
}
