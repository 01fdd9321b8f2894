import { randomUUID } from 'node:crypto';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
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
import { KeptBooks } from './KeptBooks.ts';
import { strongerState } from './presenceState.ts';

/** Keys kept; at some 150 bytes each about 15 MB. The ids that were away longest go first; connected ones stay. */
const maxKeys = 100_000;

interface Place {
  readonly deviceId: DeviceId;
  node: NodeId;
  state: PresenceState;
  book: Book;
}

/** What the nodes of one process share; a server that stands alone has one to itself. */
export class MemoryHub {
  readonly nodes = new Map<NodeId, BackplaneListener>();
  readonly places = new Map<PeerId, Place[]>();
  readonly keys = new Map<PeerId, string>();
  /** Of devices that are not connected. */
  readonly books = new KeptBooks();
  readonly watching = new Map<PeerId, Set<NodeId>>();
}

const nowhere = ok<readonly NodeId[]>([]);
const done = ok(null);
const settled = Promise.resolve();

/** A backplane without a network: for a server that stands alone, and for tests of several. */
export class MemoryBackplane implements Backplane {
  readonly nodeId: NodeId = randomUUID();
  readonly lossless = true;
  readonly #hub: MemoryHub;
  #running = false;

  constructor(options: { readonly hub?: MemoryHub } = {}) {
    this.#hub = options.hub ?? new MemoryHub();
  }

  async start(listener: BackplaneListener): Promise<BackplaneResult<null>> {
    this.#hub.nodes.set(this.nodeId, listener);
    this.#running = true;
    return Promise.resolve(done);
  }

  async register(id: PeerId, deviceId: DeviceId, maxDevices: number): Promise<BackplaneResult<Registration>> {
    if (!this.#running) {
      return Promise.resolve(backplaneFailed('closed'));
    }
    const places = this.#hub.places.get(id);
    const place = places?.find((candidate) => candidate.deviceId === deviceId);
    if (place !== undefined) {
      const previous = place.node === this.nodeId ? undefined : place.node;
      place.node = this.nodeId;
      const showed = place.state !== 'offline';
      return Promise.resolve(ok<Registration>({ outcome: 'registered', previous, showed }));
    }
    if ((places?.length ?? 0) >= maxDevices) {
      return Promise.resolve(ok<Registration>({ outcome: 'full' }));
    }
    const added: Place = {
      deviceId,
      node: this.nodeId,
      state: 'offline',
      book: this.#hub.books.take(id, deviceId) ?? Book.empty,
    };
    if (places === undefined) {
      this.#hub.places.set(id, [added]);
    } else {
      places.push(added);
    }
    return Promise.resolve(ok<Registration>({ outcome: 'registered', previous: undefined, showed: false }));
  }

  async unregister(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<readonly NodeId[]>> {
    const showed = this.#remove(id, (place) => place.deviceId === deviceId);
    return Promise.resolve(showed ? ok(this.#watching(id)) : nowhere);
  }

  async otherNodes(
    id: PeerId,
    deviceId?: DeviceId,
    from?: PeerId,
  ): Promise<BackplaneResult<readonly NodeId[]>> {
    const places = this.#hub.places.get(id);
    if (places === undefined || this.#hub.nodes.size === 1) {
      await settled;
      return nowhere;
    }
    const others = new Set<NodeId>();
    for (const place of places) {
      const wanted = place.node !== this.nodeId && (deviceId === undefined || place.deviceId === deviceId);
      if (wanted && (from === undefined || from === id || place.book.admits(from))) {
        others.add(place.node);
      }
    }
    return ok<readonly NodeId[]>([...others]);
  }

  async findBook(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<Book>> {
    const book = this.#place(id, deviceId)?.book ?? this.#hub.books.of(id).get(deviceId);
    return Promise.resolve(ok(book ?? Book.empty));
  }

  async names(id: PeerId, other: PeerId): Promise<BackplaneResult<boolean>> {
    const books = [
      ...(this.#hub.places.get(id) ?? []).map(({ book }) => book),
      ...this.#hub.books.of(id).values(),
    ];
    return Promise.resolve(ok(books.some((book) => book.names(other))));
  }

  async putBook(id: PeerId, deviceId: DeviceId, book: Book): Promise<BackplaneResult<null>> {
    const place = this.#place(id, deviceId);
    if (place?.node === this.nodeId) {
      place.book = book;
    }
    return Promise.resolve(done);
  }

  async changeBook(
    id: PeerId,
    deviceId: DeviceId,
    _changes: readonly BookChange[],
    book: Book,
  ): Promise<BackplaneResult<null>> {
    return this.putBook(id, deviceId, book);
  }

  async show(
    id: PeerId,
    deviceId: DeviceId,
    state: PresenceState,
  ): Promise<BackplaneResult<readonly NodeId[]>> {
    const place = this.#place(id, deviceId);
    if (place?.node === this.nodeId) {
      place.state = state;
    }
    return Promise.resolve(ok(this.#watching(id)));
  }

  async watch(id: PeerId, watchers: readonly PeerId[]): Promise<BackplaneResult<readonly PresenceState[]>> {
    const { watching, places } = this.#hub;
    watching.set(id, (watching.get(id) ?? new Set()).add(this.nodeId));
    const showing = (places.get(id) ?? []).filter(({ state }) => state !== 'offline');
    const states = watchers.map((watcher) =>
      showing
        .filter(({ book }) => watcher === id || book.shows(watcher))
        .reduce<PresenceState>((best, { state }) => strongerState(best, state), 'offline'),
    );
    return Promise.resolve(ok(states));
  }

  async unwatch(id: PeerId): Promise<BackplaneResult<null>> {
    this.#unwatch(id);
    return Promise.resolve(done);
  }

  async publish(node: NodeId, text: string): Promise<BackplaneResult<boolean>> {
    if (!this.#running) {
      return Promise.resolve(backplaneFailed('closed'));
    }
    const known = this.#hub.nodes.has(node);
    // Never within the caller's turn: with a network it cannot happen either.
    queueMicrotask(() => this.#hub.nodes.get(node)?.message(text));
    return Promise.resolve(ok(known));
  }

  async rememberKey(id: PeerId, publicKey: string): Promise<BackplaneResult<null>> {
    const { keys } = this.#hub;
    keys.delete(id);
    keys.set(id, publicKey);
    // One round at most: there are no more connected ids than connections.
    for (let left = keys.size; keys.size > maxKeys && left > 0; left--) {
      this.#ageOldest();
    }
    return Promise.resolve(done);
  }

  async findKey(id: PeerId): Promise<BackplaneResult<string | undefined>> {
    return Promise.resolve(ok(this.#hub.keys.get(id)));
  }

  async healthy(): Promise<boolean> {
    return Promise.resolve(this.#running);
  }

  async close(): Promise<void> {
    this.#running = false;
    this.#hub.nodes.delete(this.nodeId);
    for (const id of [...this.#hub.places.keys()]) {
      this.#remove(id, () => true);
    }
    for (const id of [...this.#hub.watching.keys()]) {
      this.#unwatch(id);
    }
    return Promise.resolve();
  }

  /** Forgets the oldest key, or counts it among the youngest if its id is connected. */
  #ageOldest(): void {
    const { keys, places } = this.#hub;
    const [oldest] = keys;
    if (oldest !== undefined) {
      const [id, publicKey] = oldest;
      keys.delete(id);
      if (places.has(id)) {
        keys.set(id, publicKey);
      }
    }
  }

  #place(id: PeerId, deviceId: DeviceId): Place | undefined {
    return this.#hub.places.get(id)?.find((place) => place.deviceId === deviceId);
  }

  #watching(id: PeerId): readonly NodeId[] {
    return [...(this.#hub.watching.get(id) ?? [])];
  }

  #unwatch(id: PeerId): void {
    const nodes = this.#hub.watching.get(id);
    nodes?.delete(this.nodeId);
    if (nodes?.size === 0) {
      this.#hub.watching.delete(id);
    }
  }

  /** Removes those of this node's places that match; true if one of them showed something. */
  #remove(id: PeerId, matches: (place: Place) => boolean): boolean {
    const left: Place[] = [];
    let showed = false;
    for (const place of this.#hub.places.get(id) ?? []) {
      if (place.node !== this.nodeId || !matches(place)) {
        left.push(place);
        continue;
      }
      showed ||= place.state !== 'offline';
      this.#hub.books.keep(id, place.deviceId, place.book);
    }
    if (left.length === 0) {
      this.#hub.places.delete(id);
    } else {
      this.#hub.places.set(id, left);
    }
    return showed;
  }
}
