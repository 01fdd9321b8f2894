import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import type { ConnectedDevice } from '#shared/protocol/messages.ts';
import type { Backplane } from './Backplane.ts';
import type { MailboxStore } from './MailboxStore.ts';
import type { NodeLink } from './NodeLink.ts';
import type { NodeReply } from './nodeMessages.ts';
import type { Session } from './Session.ts';
import type { SessionKeeper } from './SessionKeeper.ts';
import type { SessionStore } from './SessionStore.ts';
import type { ServerStats } from './stats.ts';

/** A list of devices has at most so many (`devicesSchema`). */
const mostListed = 64;

/** What a device may know of, and do to, the other devices of its own id. */
export class OwnDevices {
  readonly #store: MailboxStore;
  readonly #sessions: SessionStore;
  readonly #keeper: SessionKeeper;
  readonly #backplane: Backplane;
  readonly #link: NodeLink;
  readonly #log: Logger;
  readonly #stats: ServerStats;

  constructor(options: {
    readonly store: MailboxStore;
    readonly sessions: SessionStore;
    readonly keeper: SessionKeeper;
    readonly backplane: Backplane;
    readonly link: NodeLink;
    readonly logger: Logger;
    readonly stats: ServerStats;
  }) {
    this.#store = options.store;
    this.#sessions = options.sessions;
    this.#keeper = options.keeper;
    this.#backplane = options.backplane;
    this.#link = options.link;
    this.#log = options.logger;
    this.#stats = options.stats;
  }

  /** Answers with the connected devices of the session's id on all nodes, the longest connected first. */
  async list(session: Session, ref: string): Promise<void> {
    const { id } = session;
    const nodes = await this.#backplane.otherNodes(id);
    if (!nodes.ok) {
      this.#failed(session, ref, nodes.error.message);
      return;
    }
    const replies = await Promise.all(
      nodes.value.map(async (node) => this.#link.ask(node, { kind: 'devices', id })),
    );
    const found = new Map<DeviceId, ConnectedDevice>();
    for (const device of [...replies.flatMap(devicesOf), ...this.#here(id)]) {
      found.set(device.deviceId, device);
    }
    const devices = [...found.values()].sort((a, b) => a.since - b.since).slice(0, mostListed);
    session.socket?.write(encodeFrame({ type: 'devices', ref, devices }));
  }

  /**
   * Refuses a device of the session's id from now on and ends its sessions everywhere. `done` means that they
   * are over; when a node does not answer the request fails, and may be repeated.
   */
  async end(session: Session, ref: string, deviceId: DeviceId): Promise<void> {
    const { id } = session;
    const remembered = await this.#store.signOut(id, deviceId);
    if (!remembered.ok) {
      this.#failed(session, ref, remembered.error.message);
      return;
    }
    const nodes = await this.#backplane.otherNodes(id, deviceId);
    const replies = await Promise.all(
      (nodes.ok ? nodes.value : []).map(async (node) =>
        this.#link.ask(node, { kind: 'signOut', id, deviceId }),
      ),
    );
    if (!nodes.ok || replies.some((reply) => reply === undefined)) {
      this.#failed(session, ref, nodes.ok ? 'a node does not answer' : nodes.error.message);
    } else {
      // First, because the session that ends may be the one that asked.
      session.socket?.write(encodeFrame({ type: 'done', ref }));
    }
    this.#keeper.signOut(id, deviceId);
  }

  listForNode(id: PeerId): NodeReply {
    return { kind: 'devices', devices: [...this.#here(id)] };
  }

  #here(id: PeerId): readonly ConnectedDevice[] {
    return this.#sessions
      .of(id)
      .filter(({ socket }) => socket?.open === true)
      .map(({ deviceId, since }) => ({ deviceId, since }));
  }

  #failed(session: Session, ref: string, reason: string): void {
    this.#stats.backplaneFailures++;
    this.#log.warn('backplane failed', { request: 'devices', reason });
    session.socket?.write(encodeFrame({ type: 'error', ref, code: 'backplaneFailed' }));
  }
}

const devicesOf = (reply: NodeReply | undefined): readonly ConnectedDevice[] =>
  reply?.kind === 'devices' ? reply.devices : [];
