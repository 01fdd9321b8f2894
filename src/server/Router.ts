import type { Clock } from '#shared/clock.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { encodeFrame } from '#shared/protocol/codec.ts';
import type { RequestErrorCode, Send } from '#shared/protocol/messages.ts';
import type { Backplane, NodeId } from './Backplane.ts';
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
}

/** A receipt lists at most so many devices (`receiptSchema`). */
const receiptDevices = 64;

/** Takes a box from a session to the sessions it is for, on this node and on others. */
export class Router {
  readonly #sessions: SessionStore;
  readonly #backplane: Backplane;
  readonly #link: NodeLink;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stats: ServerStats;

  constructor(options: {
    readonly sessions: SessionStore;
    readonly backplane: Backplane;
    readonly link: NodeLink;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly stats: ServerStats;
  }) {
    this.#sessions = options.sessions;
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
    void this.#backplane.otherNodes(to, device).then((nodes) => {
      if (!nodes.ok && here.devices.length === 0 && !here.stored) {
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
    const { from, fromDevice, box, at, to, device, ttl } = request;
    const outcome = this.#deliverHere(
      { from, fromDevice, box, at },
      { to, device, ttl },
      this.#clock.monotonic(),
    );
    return { kind: 'delivered', devices: [...outcome.devices], stored: outcome.stored };
  }

  #answer(session: Session, ref: string, outcome: Outcome): void {
    session.remember(ref, outcome);
    if (outcome.devices.length === 0 && !outcome.stored) {
      this.#stats.unreached++;
    }
    session.socket?.writeSoon(receiptFrame(ref, outcome.devices, outcome.stored));
  }

  #deliverHere(delivery: Delivery, { to, device, ttl }: Target, now: number): Outcome {
    const devices: DeviceId[] = [];
    let stored = false;
    for (const session of this.#sessions.of(to)) {
      const own = to === delivery.from && session.deviceId === delivery.fromDevice;
      if (own || (device !== undefined && device !== session.deviceId)) {
        continue;
      }
      const result = session.deliver(delivery, ttl, now);
      if (result === 'sent') {
        this.#stats.delivered++;
        devices.push(session.deviceId);
      } else if (result === 'stored') {
        this.#stats.stored++;
        stored = true;
      }
    }
    return { devices, stored };
  }

  async #deliverThere(
    delivery: Delivery,
    { to, device, ttl }: Target,
    nodes: readonly NodeId[],
    here: Outcome,
  ): Promise<Outcome> {
    const request: DeliverRequest = {
      kind: 'deliver',
      ...delivery,
      to,
      ttl,
      ...(device === undefined ? {} : { device }),
    };
    const replies = await Promise.all(nodes.map(async (node) => this.#link.ask(node, request)));
    const delivered = replies.filter((reply) => reply?.kind === 'delivered');
    const devices = new Set([...here.devices, ...delivered.flatMap((reply) => reply.devices)]);
    return {
      devices: [...devices].slice(0, receiptDevices),
      stored: here.stored || delivered.some((reply) => reply.stored),
    };
  }

  #failed(request: string, reason: string): void {
    this.#stats.backplaneFailures++;
    this.#log.warn('backplane failed', { request, reason });
  }
}
