import type { Clock } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { limits } from '#shared/protocol/limits.ts';
import type { PresenceState } from '#shared/protocol/messages.ts';
import { ok, type Result } from '#shared/result.ts';
import { chunks } from '../signaling/chunks.ts';
import { SessionTask } from '../signaling/SessionTask.ts';
import type { SignalingClient } from '../signaling/SignalingClient.ts';
import type { SignalingRequests } from '../signaling/SignalingRequests.ts';

interface PresenceEvents {
  readonly changed: { readonly id: PeerId; readonly state: PresenceState };
}

/**
 * Shows this device to others, and others to this device. Who is seen here is known only while the server is
 * there to tell: without a connection nobody is.
 */
export class Presence {
  readonly #requests: Pick<SignalingRequests, 'setPresence' | 'watchPresence'>;
  readonly #shown: () => PresenceState;
  readonly #wanted: () => Iterable<PeerId>;
  readonly #events: Emitter<PresenceEvents>;
  readonly #showing: SessionTask;
  readonly #watching: SessionTask;
  readonly #unsubscribe: readonly Unsubscribe[];
  /** Whom the server was asked to tell of, in this session. */
  #watched = new Set<PeerId>();
  #asked = false;
  /** Those who are not offline. */
  readonly #states = new Map<PeerId, PresenceState>();
  #last: PresenceState | undefined;

  constructor(options: {
    readonly client: Pick<SignalingClient, 'on'>;
    readonly requests: Pick<SignalingRequests, 'setPresence' | 'watchPresence'>;
    /** What this device shows now. */
    readonly shown: () => PresenceState;
    /** Whom the person wants to see. */
    readonly watched: () => Iterable<PeerId>;
    readonly clock: Pick<Clock, 'after'>;
    readonly logger: Logger;
  }) {
    this.#requests = options.requests;
    this.#shown = options.shown;
    this.#wanted = options.watched;
    this.#events = new Emitter((error) => options.logger.error('presence listener failed', { error }));
    const { client, clock, logger } = options;
    this.#showing = new SessionTask({
      client,
      onSession: () => {
        this.#last = undefined;
      },
      tell: async () => this.#show(),
      clock,
      logger,
    });
    this.#watching = new SessionTask({
      client,
      // Also in a session that goes on: what changed while the socket was away did not reach us.
      onSession: () => {
        this.#asked = false;
      },
      tell: async () => this.#watch(),
      clock,
      logger,
    });
    this.#unsubscribe = [
      client.on('presence', ({ id, state }) => this.#heard(id, state)),
      client.on('state', ({ phase }) => {
        if (phase !== 'online') {
          this.#forget(() => true);
        }
      }),
    ];
  }

  /** Everybody who is not offline, as far as they let us see it. */
  get list(): Readonly<Record<PeerId, PresenceState>> {
    return Object.fromEntries(this.#states);
  }

  onChanged(listener: (change: PresenceEvents['changed']) => void): Unsubscribe {
    return this.#events.on('changed', listener);
  }

  /** What this device shows may have changed. */
  async shownChanged(): Promise<void> {
    return this.#showing.run();
  }

  /** Whom the person wants to see may have changed. */
  async watchedChanged(): Promise<void> {
    return this.#watching.run();
  }

  close(): void {
    this.#showing.close();
    this.#watching.close();
    this.#unsubscribe.forEach((off) => off());
    this.#events.clear();
  }

  async #show(): Promise<Result<unknown>> {
    const state = this.#shown();
    if (state === this.#last) {
      return ok(null);
    }
    const set = await this.#requests.setPresence(state);
    this.#last = set.ok ? state : undefined;
    return set;
  }

  async #watch(): Promise<Result<unknown>> {
    const wanted = new Set([...this.#wanted()].slice(0, limits.watchedIds));
    const known = this.#asked ? this.#watched : new Set<PeerId>();
    const onlyMore = this.#asked && [...known].every((id) => wanted.has(id));
    const ids = [...wanted].filter((id) => !onlyMore || !known.has(id));
    // Before the answers: the first states come while the rest is still being asked for.
    this.#watched = wanted;
    this.#asked = false;
    this.#forget((id) => !wanted.has(id));
    const parts = ids.length === 0 && !onlyMore ? [[]] : chunks(ids, limits.bookEntriesPerFrame);
    for (const [index, part] of parts.entries()) {
      const asked = await this.#requests.watchPresence({ first: !onlyMore && index === 0, ids: part });
      if (!asked.ok) {
        return asked;
      }
    }
    this.#asked = true;
    return ok(null);
  }

  #heard(id: PeerId, state: PresenceState): void {
    if (this.#watched.has(id)) {
      this.#set(id, state);
    }
  }

  #forget(which: (id: PeerId) => boolean): void {
    [...this.#states.keys()].filter(which).forEach((id) => this.#set(id, 'offline'));
  }

  #set(id: PeerId, state: PresenceState): void {
    if ((this.#states.get(id) ?? 'offline') === state) {
      return;
    }
    if (state === 'offline') {
      this.#states.delete(id);
    } else {
      this.#states.set(id, state);
    }
    this.#events.emit('changed', { id, state });
  }
}
