import type { Clock } from '#shared/clock.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import type { RequestErrorCode, Send } from '#shared/protocol/messages.ts';
import type { Backplane, NodeId } from './Backplane.ts';
import { Book } from './Book.ts';
import type { Claims } from './Claims.ts';
import { receiptFrame, type Delivery } from './frames.ts';
import type { NodeLink } from './NodeLink.ts';
import type { NodeReply, NodeRequest } from './nodeMessages.ts';
import type { Outcome, Session } from './Session.ts';
import type { SessionStore } from './SessionStore.ts';
import type { ServerStats } from './stats.ts';

type DeliverRequest = Extract<NodeRequest, { kind: 'deliver' }>;

interface Target {
  readonly to: PeerId;
  readonly device: DeviceId | undefined;
  readonly ttl: number;
  /** Devices that have it already. */
  readonly skip?: readonly DeviceId[] | undefined;
}

/** Whom a box reached. */
interface Reached extends Outcome {
  /** For at least one device it found no room. */
  readonly full: boolean;
}

/** Looked into for who is not here, so that an absence takes as long as a refusal. */
const nobodysBook = Book.of('nothing', []);

/** A receipt lists at most so many devices (`receiptSchema`). */
const receiptDevices = 64;

/** Takes a box from a session to the sessions it is for, on this node and on others. */
export class Router {
  readonly #sessions: SessionStore;
  readonly #claims: Claims;
  readonly #backplane: Backplane;
  readonly #link: NodeLink;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stats: ServerStats;

  constructor(options: {
    readonly sessions: SessionStore;
    readonly claims: Claims;
    readonly backplane: Backplane;
    readonly link: NodeLink;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly stats: ServerStats;
  }) {
    this.#sessions = options.sessions;
    this.#claims = options.claims;
    this.#backplane = options.backplane;
    this.#link = options.link;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#stats = options.stats;
  }

  /**
   * Delivers here within the caller's turn, asks the other nodes, and answers the sender with a receipt. The one
   * path that every box takes: it makes no more promises than it must.
   */
  send(session: Session, message: Send): void {
    const { ref, to, device, box, ttl } = message;
    if (to === session.id && device === session.deviceId) {
      this.refuse(session, ref, 'selfAddressed');
      return;
    }
    const now = this.#clock.monotonic();
    const known = session.recall(ref, now);
    if (known !== undefined) {
      this.#stats.repeated++;
      if (known !== 'pending') {
        session.socket?.writeSoon(receiptFrame(ref, known.devices, known.stored));
      }
      return;
    }
    this.#stats.accepted++;
    const delivery = { from: session.id, fromDevice: session.deviceId, box, at: this.#clock.now() };
    const target = { to, device, ttl };
    const here = this.#deliverHere(delivery, target, now);
    void this.#backplane.otherNodes(to, device, session.id).then((nodes) => {
      if (!nodes.ok && here.devices.length === 0 && !here.stored && !here.full) {
        this.#failed('send', nodes.error.message);
        session.forget(ref);
        this.refuse(session, ref, 'backplaneFailed');
      } else if (nodes.ok && nodes.value.length > 0) {
        void this.#deliverThere(delivery, target, nodes.value, here).then((outcome) => {
          this.#answer(session, ref, outcome);
        });
      } else {
        this.#answer(session, ref, here);
      }
    });
  }

  async keyGet(session: Session, ref: string, id: PeerId): Promise<void> {
    const key = await this.#backplane.findKey(id);
    if (!key.ok) {
      this.#failed('key.get', key.error.message);
      this.refuse(session, ref, 'backplaneFailed');
    } else if (key.value === undefined) {
      session.socket?.write(encodeFrame({ type: 'unknown', ref, id }));
    } else {
      session.socket?.write(encodeFrame({ type: 'key', ref, id, publicKey: key.value }));
    }
  }

  refuse(session: Session, ref: string, code: RequestErrorCode): void {
    session.socket?.write(encodeFrame({ type: 'error', ref, code }));
  }

  /** What another node brings for sessions of this one. */
  deliverFromNode(request: DeliverRequest): NodeReply {
    const { from, fromDevice, box, at, to, device, ttl, skip } = request;
    const { devices, stored, full } = this.#deliverHere(
      { from, fromDevice, box, at },
      { to, device, ttl, skip },
      this.#clock.monotonic(),
    );
    return { kind: 'delivered', devices: [...devices], stored, full };
  }

  #answer(session: Session, ref: string, outcome: Reached): void {
    const { devices, stored, full } = outcome;
    if (devices.length === 0 && !stored) {
      this.#stats.unreached++;
      if (full) {
        session.forget(ref);
        this.refuse(session, ref, 'rateLimited');
        return;
      }
    }
    if (devices.length > 1) {
      session.socket?.multiplied(devices.length - 1);
    }
    session.remember(ref, outcome);
    session.socket?.writeSoon(receiptFrame(ref, devices, stored));
  }

  #deliverHere(delivery: Delivery, target: Target, now: number): Reached {
    const { to } = target;
    const reached = { devices: [], stored: false, full: false };
    const sessions = this.#sessions.of(to);
    for (const session of sessions) {
      this.#deliverTo(session, delivery, target, now, reached);
    }
    if (sessions.length === 0) {
      nobodysBook.admits(delivery.from);
    }
    for (const held of this.#claims.of(to)) {
      if (this.#sessions.find(to, held.deviceId) === undefined) {
        this.#deliverTo(held, delivery, target, now, reached);
      }
    }
    return reached;
  }

  /** Adds what became of it to `reached`. */
  #deliverTo(
    session: Session,
    delivery: Delivery,
    { to, device, ttl, skip }: Target,
    now: number,
    reached: { devices: DeviceId[]; stored: boolean; full: boolean },
  ): void {
    const { deviceId } = session;
    const own = to === delivery.from && deviceId === delivery.fromDevice;
    if (own || (device !== undefined && device !== deviceId) || skip?.includes(deviceId) === true) {
      return;
    }
    if (!session.admits(delivery.from)) {
      return;
    }
    const result = session.deliver(delivery, ttl, now);
    if (result === 'sent') {
      this.#stats.delivered++;
      reached.devices.push(deviceId);
    } else if (result === 'stored') {
      this.#stats.stored++;
      reached.stored = true;
    } else if (result === 'full') {
      reached.full = true;
    }
  }

  async #deliverThere(
    delivery: Delivery,
    target: Target,
    nodes: readonly NodeId[],
    here: Reached,
  ): Promise<Reached> {
    const replies = await this.#askNodes(delivery, target, nodes);
    const reached = [here, ...replies.values()];
    if ([...replies.values()].some(({ devices, stored, full }) => devices.length === 0 && !stored && !full)) {
      reached.push(...(await this.#follow(delivery, target, { nodes, replies, here })));
    }
    return {
      devices: [...new Set(reached.flatMap(({ devices }) => devices))].slice(0, receiptDevices),
      stored: reached.some(({ stored }) => stored),
      full: reached.some(({ full }) => full),
    };
  }

  /**
   * A node that was said to have a device had none: the device may have moved while the box was on its way. Asks
   * once more where it is, and brings the box to whoever cannot have it yet.
   */
  async #follow(
    delivery: Delivery,
    target: Target,
    first: {
      readonly nodes: readonly NodeId[];
      readonly replies: ReadonlyMap<NodeId, Reached>;
      readonly here: Reached;
    },
  ): Promise<readonly Reached[]> {
    const { nodes, replies, here } = first;
    const now = await this.#backplane.otherNodes(target.to, target.device, delivery.from);
    const skip = [here, ...replies.values()].flatMap(({ devices }) => devices);
    // A box that is stored names no device, so a node that stored it could only do so twice.
    const others = (now.ok ? now.value : []).filter((node) => {
      const reply = replies.get(node);
      return reply === undefined ? !nodes.includes(node) : reply.devices.length > 0 && !reply.stored;
    });
    const again = { ...target, skip };
    const nearby = here.stored ? [] : [this.#deliverHere(delivery, again, this.#clock.monotonic())];
    return [...nearby, ...(await this.#askNodes(delivery, again, others)).values()];
  }

  /** What those nodes say that answer. */
  async #askNodes(
    delivery: Delivery,
    { to, device, ttl, skip }: Target,
    nodes: readonly NodeId[],
  ): Promise<ReadonlyMap<NodeId, Reached>> {
    const request: DeliverRequest = {
      kind: 'deliver',
      ...delivery,
      to,
      ttl,
      ...(device === undefined ? {} : { device }),
      ...(skip === undefined ? {} : { skip: [...skip] }),
    };
    const replies = new Map<NodeId, Reached>();
    await Promise.all(
      nodes.map(async (node) => {
        const reply = await this.#link.ask(node, request);
        if (reply?.kind === 'delivered') {
          replies.set(node, reply);
        }
      }),
    );
    return replies;
  }

  #failed(request: string, reason: string): void {
    this.#stats.backplaneFailures++;
    this.#log.warn('backplane failed', { request, reason });
  }
}
