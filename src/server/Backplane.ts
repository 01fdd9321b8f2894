import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { PresenceState } from '#shared/protocol/messages.ts';
import { fail, type Failure, type Result } from '#shared/result.ts';
import type { Book, BookChange } from './Book.ts';

/** One server process; random, new at every start. */
export type NodeId = string;

export type BackplaneResult<T> = Result<T, Failure<'BACKPLANE_FAILED'>>;

export const backplaneFailed = (message: string) => fail('BACKPLANE_FAILED', message);

export interface BackplaneListener {
  /** Text that another node published to this one; in the order in which that node published it. */
  message(text: string): void;
  /** A device that this node had registered belongs to another node now, which could not tell us. */
  lost(id: PeerId, deviceId: DeviceId): void;
}

export type Registration =
  | {
      readonly outcome: 'registered';
      /** The other node that had the device until now. */
      readonly previous: NodeId | undefined;
      /** The device showed something until now, and still does. */
      readonly showed: boolean;
    }
  /** The id has as many devices as it may have. */
  | { readonly outcome: 'full' };

/**
 * What server nodes share: which node has which device, the keys of ids, and messages between nodes.
 * Asynchronous and fallible throughout, so that no caller can come to rely on it being in memory.
 */
export interface Backplane {
  readonly nodeId: NodeId;

  /** Whether nothing that one node tells another can be lost; otherwise nodes ask again now and then. */
  readonly lossless: boolean;

  /** Begins to receive; called once, before anything else. */
  start(listener: BackplaneListener): Promise<BackplaneResult<null>>;

  /**
   * This node has the device from now on; taken over from whichever node had it, with what it showed there.
   * `book`: as it was found, to be put back if it should get lost.
   */
  register(
    id: PeerId,
    deviceId: DeviceId,
    maxDevices: number,
    book?: Book,
  ): Promise<BackplaneResult<Registration>>;

  /**
   * This node has the device no more; nothing happens when another node has taken it over. Returns the nodes,
   * this one maybe among them, that watch what `id` shows, if the device showed anything.
   */
  unregister(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<readonly NodeId[]>>;

  /**
   * The nodes other than this one that have devices of `id`, or the one `deviceId`. With `from`: only devices
   * whose book admits it, at no cost that would tell a refused sender from one who writes to nobody. Answers come
   * in the order of the questions: the router relies on it to keep the messages of one sender in order.
   */
  otherNodes(id: PeerId, deviceId?: DeviceId, from?: PeerId): Promise<BackplaneResult<readonly NodeId[]>>;

  /** The book of a device, connected or not. */
  findBook(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<Book>>;

  /** Whether a book of a device of `id`, connected or not, names `other` and lets it call. */
  names(id: PeerId, other: PeerId): Promise<BackplaneResult<boolean>>;

  /** Replaces the book of a device that this node has; it outlives the connection. */
  putBook(id: PeerId, deviceId: DeviceId, book: Book): Promise<BackplaneResult<null>>;

  /** The same for a few entries; `book` is what has come of it. */
  changeBook(
    id: PeerId,
    deviceId: DeviceId,
    changes: readonly BookChange[],
    book: Book,
  ): Promise<BackplaneResult<null>>;

  /** Notes what a device of this node shows. Returns the nodes that watch `id`, this one maybe among them. */
  show(id: PeerId, deviceId: DeviceId, state: PresenceState): Promise<BackplaneResult<readonly NodeId[]>>;

  /**
   * This node watches `id` from now on. Returns what the devices of `id` show together to each of `watchers`, in
   * the same order. Answers come in the order of the questions.
   */
  watch(id: PeerId, watchers: readonly PeerId[]): Promise<BackplaneResult<readonly PresenceState[]>>;

  /** This node watches `id` no more. */
  unwatch(id: PeerId): Promise<BackplaneResult<null>>;

  /** Passes `text` to a node; false when it is not there. Messages to one node arrive in order. */
  publish(node: NodeId, text: string): Promise<BackplaneResult<boolean>>;

  /** Keeps the key of an id, so that others can seal something for it while it is away. */
  rememberKey(id: PeerId, publicKey: string): Promise<BackplaneResult<null>>;

  findKey(id: PeerId): Promise<BackplaneResult<string | undefined>>;

  /** Whether it could serve a request at this moment. */
  healthy(): Promise<boolean>;

  /** Idempotent. What this node registered is forgotten. */
  close(): Promise<void>;
}
