import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { fail, type Failure, type Result } from '#shared/result.ts';

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
    }
  /** The id has as many devices as it may have. */
  | { readonly outcome: 'full' };

/**
 * What server nodes share: which node has which device, the keys of ids, and messages between nodes.
 * Asynchronous and fallible throughout, so that no caller can come to rely on it being in memory.
 */
export interface Backplane {
  readonly nodeId: NodeId;

  /** Begins to receive; called once, before anything else. */
  start(listener: BackplaneListener): Promise<BackplaneResult<null>>;

  /** This node has the device from now on; taken over from whichever node had it. */
  register(id: PeerId, deviceId: DeviceId, maxDevices: number): Promise<BackplaneResult<Registration>>;

  /** This node has the device no more; nothing happens when another node has taken it over. */
  unregister(id: PeerId, deviceId: DeviceId): Promise<BackplaneResult<null>>;

  /**
   * The nodes other than this one that have devices of `id`, or the one `deviceId`. Answers come in the order
   * of the questions: the router relies on it to keep the messages of one sender in order.
   */
  otherNodes(id: PeerId, deviceId?: DeviceId): Promise<BackplaneResult<readonly NodeId[]>>;

  /** Passes `text` to a node; false when it is not there. Messages to one node arrive in order. */
  publish(node: NodeId, text: string): Promise<BackplaneResult<boolean>>;

  /** Keeps the key of an id, so that others can seal something for it while it is away. */
  rememberKey(id: PeerId, publicKey: string): Promise<BackplaneResult<null>>;

  findKey(id: PeerId): Promise<BackplaneResult<string | undefined>>;

  /** Whether it could serve a request at this moment. */
  healthy(): boolean;

  /** Idempotent. What this node registered is forgotten. */
  close(): Promise<void>;
}
