import type { ErrorCode } from '#shared/errors.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandArgs, IpcEvents, ReceivedCallMessage, SendReceipt } from '#shared/ipc/contract.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import type { OutgoingCallMessage, SignalingPort } from '../../../src/renderer/engine/ports.ts';

type Taken = IpcEvents['callTaken'];

/** Something on its way to a device: a message of a call, or what another device of its person has done. */
interface Delivery {
  /** Sender and recipient: what is under way between two devices keeps its order. */
  readonly lane: string;
  /** Type of the message, or `taken`. */
  readonly type: string;
  readonly arrive: () => void;
}

/** The server and the sealing between several engines: messages arrive at once, or when a test lets them. */
export class FakeSignalingNetwork {
  readonly #ports: FakeSignaling[] = [];
  readonly #waiting: Delivery[] = [];
  /** While true deliveries wait for `deliver()`. */
  held = false;
  /** Whom each port has in its address book: everybody, until a test says otherwise. */
  contacts = (_of: PeerId, _from: PeerId): boolean => true;

  join(id: PeerId, device: DeviceId): FakeSignaling {
    const port = new FakeSignaling(this, id, device);
    this.#ports.push(port);
    return port;
  }

  devicesOf(id: PeerId): readonly FakeSignaling[] {
    return this.#ports.filter((port) => port.id === id && port.online);
  }

  pass(delivery: Delivery): void {
    if (this.held) {
      this.#waiting.push(delivery);
    } else {
      queueMicrotask(delivery.arrive);
    }
  }

  /** Pairs of sender and recipient with something under way; each pair keeps its order. */
  get lanes(): readonly string[] {
    return [...new Set(this.#waiting.map(({ lane }) => lane))];
  }

  /** Lets the oldest message of a lane arrive. */
  deliver(lane: string): void {
    this.#take(lane)?.arrive();
  }

  /** Loses the oldest message of a lane; what it was. */
  lose(lane: string): string | undefined {
    return this.#take(lane)?.type;
  }

  #take(lane: string): Delivery | undefined {
    const index = this.#waiting.findIndex((delivery) => delivery.lane === lane);
    return index === -1 ? undefined : this.#waiting.splice(index, 1)[0];
  }
}

/** One device's signaling port. */
export class FakeSignaling implements SignalingPort {
  readonly #network: FakeSignalingNetwork;
  readonly #listeners = new Set<(message: ReceivedCallMessage) => void>();
  readonly #takenListeners = new Set<(taken: Taken) => void>();
  readonly #stateListeners = new Set<(state: SignalingState) => void>();
  readonly id: PeerId;
  readonly device: DeviceId;
  /** Everything that was sent, in order. */
  readonly sent: OutgoingCallMessage[] = [];
  /** Notices left for peers who were offline. */
  readonly notices: CommandArgs<'callNotice'>[] = [];
  /** What becomes of a notice. */
  noticeAnswer: Result<boolean> = ok(true);
  online = true;
  /** Why it is not. */
  offlineReason: ErrorCode = 'SIGNALING_OFFLINE';
  /** What the server does with messages for nobody. */
  stores = false;
  /** Answers every send in place of the network. */
  answer: Result<SendReceipt> | undefined;

  constructor(network: FakeSignalingNetwork, id: PeerId, device: DeviceId) {
    this.#network = network;
    this.id = id;
    this.device = device;
  }

  async send(message: OutgoingCallMessage): Promise<Result<SendReceipt>> {
    if (!this.online) {
      return Promise.resolve(fail('SIGNALING_OFFLINE', 'not connected'));
    }
    this.sent.push(message);
    if (this.answer !== undefined) {
      return Promise.resolve(this.answer);
    }
    const targets = this.#network
      .devicesOf(message.to)
      .filter(({ device }) => message.device === undefined || message.device === device);
    const { callId, body } = message;
    for (const target of targets) {
      this.#pass(target, body.type, () =>
        target.receive({
          ...{ from: this.id, fromDevice: this.device, callId, body, ageMs: 0 },
          contact: this.#network.contacts(target.id, this.id),
        }),
      );
    }
    if (body.type === 'accept') {
      this.#tellOwnDevices({ callId, device: this.device, how: 'answered' });
    } else if (body.type === 'decline' && body.reason === 'user') {
      this.#tellOwnDevices({ callId, device: this.device, how: 'declined' });
    }
    const stored = targets.length === 0 && this.stores;
    return Promise.resolve(ok({ devices: targets.map(({ device }) => device), stored }));
  }

  async leaveNotice(notice: CommandArgs<'callNotice'>): Promise<Result<boolean>> {
    this.notices.push(notice);
    return Promise.resolve(this.noticeAnswer);
  }

  onMessage(listener: (message: ReceivedCallMessage) => void) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onTaken(listener: (taken: Taken) => void) {
    this.#takenListeners.add(listener);
    return () => void this.#takenListeners.delete(listener);
  }

  onState(listener: (state: SignalingState) => void) {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  state(): SignalingState {
    return this.online
      ? { phase: 'online', url: 'ws://test', since: 0 }
      : { phase: 'offline', url: 'ws://test', since: 0, reason: this.offlineReason, retryAt: null };
  }

  setOnline(online: boolean, reason: ErrorCode = 'SIGNALING_OFFLINE'): void {
    this.online = online;
    this.offlineReason = reason;
    for (const listener of this.#stateListeners) {
      listener(this.state());
    }
  }

  receive(message: ReceivedCallMessage): void {
    for (const listener of this.#listeners) {
      listener(message);
    }
  }

  /** Another device of this person says that it has a call. */
  take(taken: Taken): void {
    for (const listener of this.#takenListeners) {
      listener(taken);
    }
  }

  /** As the main process does for every call that is answered or declined. */
  #tellOwnDevices(taken: Taken): void {
    for (const target of this.#network.devicesOf(this.id)) {
      if (target !== this) {
        this.#pass(target, 'taken', () => target.take(taken));
      }
    }
  }

  #pass(target: FakeSignaling, type: string, arrive: () => void): void {
    const lane = `${this.id}/${this.device}>${target.id}/${target.device}`;
    this.#network.pass({ lane, type, arrive });
  }

  /** Types of the sent messages, candidates left out. */
  get sentTypes(): readonly string[] {
    return this.sent.map(({ body }) => body.type).filter((type) => type !== 'candidate');
  }

  get listenerCount(): number {
    return this.#listeners.size + this.#takenListeners.size + this.#stateListeners.size;
  }
}
