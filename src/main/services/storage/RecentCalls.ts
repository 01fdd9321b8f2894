import { z } from 'zod';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { recentCallSchema, type Notice, type RecentCall } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { JsonFile } from './JsonFile.ts';

/** As many as the list on the home screen is meant to show; the full history is another store. */
export const recentLimit = 30;

/** Calls of others that came to nothing, when there are enough calls of the person's own doing. */
const missedShare = recentLimit / 2;

/**
 * The last calls, newest first, one per peer. Strangers who call and hang up push out one another, and not the
 * peers with whom the person talked.
 */
export class RecentCalls {
  readonly #file: JsonFile<readonly RecentCall[]>;
  readonly #logger: Logger;
  readonly #events: Emitter<{ changed: readonly RecentCall[] }>;
  #calls: readonly RecentCall[] = [];

  constructor(options: { readonly path: string; readonly now: () => number; readonly logger: Logger }) {
    this.#logger = options.logger;
    this.#file = new JsonFile({
      path: options.path,
      schema: z.array(recentCallSchema).readonly(),
      now: options.now,
    });
    this.#events = new Emitter((error) => options.logger.error('recents listener failed', { error }));
  }

  get list(): readonly RecentCall[] {
    return this.#calls;
  }

  onChanged(listener: (calls: readonly RecentCall[]) => void): Unsubscribe {
    return this.#events.on('changed', listener);
  }

  async load(): Promise<Notice | undefined> {
    const loaded = await this.#file.load();
    if (loaded.state === 'loaded') {
      this.#calls = arrange(loaded.value);
    }
    if (loaded.state !== 'broken') {
      return undefined;
    }
    this.#logger.warn('recent calls broken', { keptAs: loaded.keptAs, at: loaded.message });
    return { code: 'STORAGE_BROKEN', ...(loaded.keptAs === null ? {} : { detail: loaded.keptAs }) };
  }

  /** Adds a call or replaces the one with the same peer. */
  async record(call: RecentCall): Promise<Result<null>> {
    return this.#replace([call, ...this.#calls.filter(({ id }) => id !== call.id)]);
  }

  async remove(id: PeerId): Promise<Result<null>> {
    return this.#replace(this.#calls.filter((call) => call.id !== id));
  }

  async #replace(calls: readonly RecentCall[]): Promise<Result<null>> {
    // The list is worth more than the file: it changes even when the disk is full, and the failure is said.
    this.#calls = arrange(calls);
    this.#events.emit('changed', this.#calls);
    const written = await this.#file.save(this.#calls);
    if (!written.ok) {
      this.#logger.error('recent calls not written', { cause: written.error });
      return fail('STORAGE_BROKEN', written.error);
    }
    return ok(null);
  }
}

function arrange(all: readonly RecentCall[]): readonly RecentCall[] {
  const newest = new Map<PeerId, RecentCall>();
  for (const call of [...all].sort((a, b) => b.at - a.at)) {
    if (!newest.has(call.id)) {
      newest.set(call.id, call);
    }
  }
  const calls = [...newest.values()];
  const others = calls.filter((call) => !isMissed(call)).length;
  let room = Math.max(missedShare, recentLimit - others);
  return calls.filter((call) => !isMissed(call) || room-- > 0).slice(0, recentLimit);
}

const isMissed = ({ direction, end, seconds }: RecentCall): boolean =>
  direction === 'incoming' && end === 'missed' && seconds === 0;
