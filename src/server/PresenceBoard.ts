import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import type { PresenceState, SessionRequest } from '#shared/protocol/messages.ts';
import type { Backplane, NodeId } from './Backplane.ts';
import { entriesPerMessage } from './BookKeeper.ts';
import { Coalescer } from './Coalescer.ts';
import type { ServerLimits } from './limits.ts';
import type { NodeLink } from './NodeLink.ts';
import type { SessionSnapshot } from './nodeMessages.ts';
import type { Session } from './Session.ts';
import type { SessionStore } from './SessionStore.ts';
import type { ServerStats } from './stats.ts';

/** What a session was told of an id; null: nothing, so that the id is offline to it. */
type Told = PresenceState | null;

/** An id that sessions of this node watch, or watched until lately. */
interface Watched {
  readonly id: PeerId;
  readonly watchers: Map<Session, Told>;
  lookedAt: number;
}

/** First looks under way at a time: somebody with thousands of contacts must not hold up the boxes of all others. */
const looksAtOnce = 32;

/** First looks in so many milliseconds, for the same reason. */
const looksPerPace = 500;
const paceMs = 100;

/** Ids that one sweep looks up again. */
const recheckedAtOnce = 500;

/**
 * Who watches whom on this node, and what they were told. What devices show, and to whom, is decided in the
 * backplane, where their states and books are: a change costs one question there, and one more on each node
 * where somebody watches, whoever else is connected.
 */
export class PresenceBoard {
  readonly #sessions: SessionStore;
  readonly #backplane: Backplane;
  readonly #link: NodeLink;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #limits: Pick<ServerLimits, 'watchedIds' | 'presenceRecheckMs'>;
  readonly #stats: ServerStats;
  /** Those looked at longest ago come first. */
  readonly #watched = new Map<PeerId, Watched>();
  readonly #watches = new Map<Session, Set<Watched>>();
  /** Ids that a session has begun to watch and that were not looked at for it yet. */
  readonly #begun = new Map<Session, Watched[]>();
  #looking = 0;
  #looksLeft = looksPerPace;
  #cancelPace: CancelTimer | undefined;
  readonly #announcements: Coalescer<Session>;
  readonly #looks: Coalescer<PeerId>;

  constructor(options: {
    readonly sessions: SessionStore;
    readonly backplane: Backplane;
    readonly link: NodeLink;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly limits: Pick<ServerLimits, 'watchedIds' | 'presenceRecheckMs' | 'presenceIntervalMs'>;
    readonly stats: ServerStats;
  }) {
    this.#sessions = options.sessions;
    this.#backplane = options.backplane;
    this.#link = options.link;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#limits = options.limits;
    this.#stats = options.stats;
    const { clock } = options;
    const { presenceIntervalMs: intervalMs } = options.limits;
    this.#announcements = new Coalescer({ clock, intervalMs, run: (session) => this.#announce(session) });
    this.#looks = new Coalescer({ clock, intervalMs, run: (id) => this.#lookAgain(id) });
  }

  set(session: Session, { ref, state }: SessionRequest<'presence.set'>): void {
    session.socket?.write(encodeFrame({ type: 'done', ref }));
    if (session.state !== state) {
      session.state = state;
      this.#announcements.want(session);
    }
  }

  watch(session: Session, { ref, first, ids }: SessionRequest<'presence.watch'>): void {
    session.socket?.multiplied(Math.floor(ids.length / entriesPerMessage));
    const before = this.#watches.get(session);
    const wanted = new Set(ids);
    const size = first ? wanted.size : new Set([...this.#idsOf(session), ...wanted]).size;
    if (size > this.#limits.watchedIds) {
      session.socket?.write(encodeFrame({ type: 'error', ref, code: 'tooMany' }));
      return;
    }
    session.socket?.write(encodeFrame({ type: 'done', ref }));
    if (first) {
      for (const watched of before ?? []) {
        if (!wanted.has(watched.id)) {
          this.#leave(session, watched);
        }
      }
    }
    for (const id of wanted) {
      this.#begin(session, id);
    }
  }

  /** What others may see of a session may have changed. */
  changed(session: Session): void {
    if (session.state !== 'offline') {
      this.#announcements.want(session);
    }
  }

  /**
   * A session has a socket. A resumed one is told again what it may have missed, or what was lost on the way. A new
   * one shows nothing yet, whatever the one before it `showed`.
   */
  entered(session: Session, how: { readonly resumed: boolean; readonly showed: boolean }): void {
    if (!how.resumed) {
      if (how.showed) {
        this.#announcements.want(session);
      }
      return;
    }
    for (const watched of this.#watches.get(session) ?? []) {
      this.#push(session, watched.id, watched.watchers.get(session) ?? null);
    }
  }

  /** A session is over, or goes on at another node. */
  left(session: Session): void {
    const watches = this.#watches.get(session);
    this.#watches.delete(session);
    this.#begun.delete(session);
    for (const { watchers } of watches ?? []) {
      watchers.delete(session);
      this.#stats.watches--;
    }
  }

  watchedBy(session: Session): SessionSnapshot['watched'] {
    return [...(this.#watches.get(session) ?? [])].map(({ id, watchers }) => [
      id,
      watchers.get(session) ?? null,
    ]);
  }

  /** A session came from another node with what it showed and watched there. */
  adopt(session: Session, watched: SessionSnapshot['watched']): void {
    for (const [id, told] of watched) {
      this.#begin(session, id, told);
    }
    this.changed(session);
  }

  /** Tells nodes that what `id` shows may have changed for those who watch it there. */
  tell(id: PeerId, nodes: readonly NodeId[]): void {
    for (const node of nodes) {
      if (node === this.#backplane.nodeId) {
        this.heard(id);
      } else {
        void this.#link.tell(node, { kind: 'presence', id });
      }
    }
  }

  /** What `id` shows may have changed for those who watch it here. */
  heard(id: PeerId): void {
    if (this.#watched.has(id)) {
      this.#looks.want(id);
    }
  }

  /** Looks again where news may have been lost, and lets go of ids that nobody has watched for a while. */
  sweep(now: number): void {
    let count = 0;
    for (const watched of this.#watched.values()) {
      if (now - watched.lookedAt < this.#limits.presenceRecheckMs || count === recheckedAtOnce) {
        break;
      }
      count++;
      if (watched.watchers.size === 0) {
        this.#watched.delete(watched.id);
        void this.#backplane.unwatch(watched.id);
      } else if (this.#backplane.lossless) {
        this.#touch(watched);
      } else {
        void this.#look(watched, [...watched.watchers.keys()]);
      }
    }
  }

  close(): void {
    this.#cancelPace?.();
    this.#announcements.close();
    this.#looks.close();
  }

  #idsOf(session: Session): PeerId[] {
    return [...(this.#watches.get(session) ?? [])].map(({ id }) => id);
  }

  #begin(session: Session, id: PeerId, told: Told = null): void {
    const watched = this.#watched.get(id) ?? { id, watchers: new Map<Session, Told>(), lookedAt: 0 };
    this.#watched.set(id, watched);
    const known = watched.watchers.get(session);
    if (known !== undefined) {
      if (known !== 'offline') {
        this.#push(session, id, known);
      }
      return;
    }
    watched.watchers.set(session, told);
    const watches = this.#watches.get(session) ?? new Set();
    this.#watches.set(session, watches.add(watched));
    this.#stats.watches++;
    const begun = this.#begun.get(session);
    if (begun === undefined) {
      this.#begun.set(session, [watched]);
      this.#lookNext();
    } else {
      begun.push(watched);
    }
  }

  #leave(session: Session, watched: Watched): void {
    if (watched.watchers.delete(session)) {
      this.#stats.watches--;
    }
    this.#watches.get(session)?.delete(watched);
  }

  /** Sessions take turns, so that who begins to watch thousands makes nobody wait who begins to watch a few. */
  #lookNext(): void {
    for (const [session, begun] of this.#begun) {
      if (this.#looking === looksAtOnce || this.#looksLeft === 0) {
        return;
      }
      this.#begun.delete(session);
      const watched = begun.pop();
      if (watched === undefined) {
        continue;
      }
      this.#begun.set(session, begun);
      if (!watched.watchers.has(session)) {
        continue;
      }
      this.#looking++;
      this.#spendLook();
      void this.#look(watched, [session]).then(() => {
        this.#looking--;
        this.#lookNext();
      });
    }
  }

  #spendLook(): void {
    this.#looksLeft--;
    this.#cancelPace ??= this.#clock.after(paceMs, () => {
      this.#cancelPace = undefined;
      this.#looksLeft = looksPerPace;
      this.#lookNext();
    });
  }

  #lookAgain(id: PeerId): void {
    const watched = this.#watched.get(id);
    if (watched !== undefined && watched.watchers.size > 0) {
      void this.#look(watched, [...watched.watchers.keys()]);
    }
  }

  async #look(watched: Watched, sessions: readonly Session[]): Promise<void> {
    this.#touch(watched);
    const states = await this.#backplane.watch(
      watched.id,
      sessions.map(({ id }) => id),
    );
    if (!states.ok) {
      // The next recheck makes up for it.
      this.#failed('presence.watch', states.error.message);
      return;
    }
    sessions.forEach((session, index) => {
      const told = watched.watchers.get(session);
      const state = states.value[index] ?? 'offline';
      if (told !== undefined && state !== (told ?? 'offline')) {
        watched.watchers.set(session, state);
        this.#push(session, watched.id, state);
      }
    });
  }

  #touch(watched: Watched): void {
    watched.lookedAt = this.#clock.monotonic();
    if (this.#watched.delete(watched.id)) {
      this.#watched.set(watched.id, watched);
    }
  }

  #push(session: Session, id: PeerId, state: Told): void {
    if (state !== null && session.socket !== undefined) {
      this.#stats.presencePushes++;
      session.socket.writeSoon(encodeFrame({ type: 'presence', id, state }));
    }
  }

  #announce(session: Session): void {
    if (this.#sessions.has(session)) {
      const { id, deviceId, state } = session;
      void this.#backplane.show(id, deviceId, state).then((nodes) => {
        if (nodes.ok) {
          this.tell(id, nodes.value);
        } else {
          this.#failed('presence.set', nodes.error.message);
        }
      });
    }
  }

  #failed(request: string, reason: string): void {
    this.#stats.backplaneFailures++;
    this.#log.warn('backplane failed', { request, reason });
  }
}
