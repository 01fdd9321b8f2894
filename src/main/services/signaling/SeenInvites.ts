import { z } from 'zod';
import { callIdSchema, type CallId } from '#shared/identity/ids.ts';
import { peerIdSchema, type PeerId } from '#shared/identity/peerId.ts';
import type { Notice } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { JsonFile } from '../storage/JsonFile.ts';

const entrySchema = z.object({
  from: peerIdSchema,
  callId: callIdSchema,
  /** From then on its age alone refuses it; milliseconds since the epoch. */
  until: z.int().nonnegative(),
});

type Entry = z.infer<typeof entrySchema>;

const seenLimit = 10_000;

const keyOf = (from: PeerId, callId: CallId): string => `${from}/${callId}`;

/**
 * The invites that rang here, kept across restarts, so that whoever carries our boxes cannot make an old one
 * ring again. When it is full the peer with the most entries loses its oldest one: flooding us makes room
 * only for the flooder's own replays.
 */
export class SeenInvites {
  readonly #file: JsonFile<readonly Entry[]>;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  #writing: Promise<void> | undefined;
  #changed = false;

  constructor(options: {
    readonly path: string;
    readonly now: () => number;
    readonly logger: Logger;
    readonly limit?: number;
  }) {
    this.#now = options.now;
    this.#logger = options.logger;
    this.#limit = options.limit ?? seenLimit;
    this.#file = new JsonFile({
      path: options.path,
      schema: z.array(entrySchema).max(seenLimit).readonly(),
      now: options.now,
    });
  }

  async load(): Promise<Notice | undefined> {
    const loaded = await this.#file.load();
    if (loaded.state === 'loaded') {
      loaded.value.forEach((entry) => this.#entries.set(keyOf(entry.from, entry.callId), entry));
      this.#forgetOld();
    }
    if (loaded.state !== 'broken') {
      return undefined;
    }
    this.#logger.warn('list of seen invites broken', { keptAs: loaded.keptAs });
    return { code: 'STORAGE_BROKEN', ...(loaded.keptAs === null ? {} : { detail: loaded.keptAs }) };
  }

  has(from: PeerId, callId: CallId): boolean {
    return this.#entries.has(keyOf(from, callId));
  }

  add(entry: Entry): void {
    this.#forgetOld();
    this.#entries.set(keyOf(entry.from, entry.callId), entry);
    if (this.#entries.size > this.#limit) {
      this.#makeRoom();
    }
    this.#changed = true;
    this.#writing ??= this.#write();
  }

  /** Resolves when the list is on the disk or could not be written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** One write at a time, however many invites come meanwhile. */
  async #write(): Promise<void> {
    while (this.#changed) {
      this.#changed = false;
      const written = await this.#file.save([...this.#entries.values()]);
      if (!written.ok) {
        this.#logger.error('seen invites not written', { cause: written.error });
      }
    }
    this.#writing = undefined;
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [key, entry] of this.#entries) {
      if (entry.until < now) {
        this.#entries.delete(key);
      }
    }
  }

  #makeRoom(): void {
    const counts = new Map<PeerId, number>();
    for (const { from } of this.#entries.values()) {
      counts.set(from, (counts.get(from) ?? 0) + 1);
    }
    const [loudest] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most));
    for (const [key, entry] of this.#entries) {
      if (entry.from === loudest) {
        this.#entries.delete(key);
        return;
      }
    }
  }
}
