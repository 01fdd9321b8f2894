import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { ReceivedCallMessage, SendReceipt } from '#shared/ipc/contract.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import type { OutgoingCallMessage, SignalingPort } from '../../../src/renderer/engine/ports.ts';

interface Delivery {
  readonly target: FakeSignaling;
  readonly message: ReceivedCallMessage;
}

/** The server and the sealing between several engines: messages arrive at once, or when a test lets them. */
export class FakeSignalingNetwork {
  readonly #ports: FakeSignaling[] = [];
  readonly #waiting: Delivery[] = [];
  /** While true deliveries wait for `deliver()`. */
  held = false;

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
      queueMicrotask(() => delivery.target.receive(delivery.message));
    }
  }

  /** Pairs of sender and recipient with something under way; each pair keeps its order. */
  get lanes(): readonly string[] {
    return [...new Set(this.#waiting.map(laneOf))];
  }

  /** Lets the oldest message of a lane arrive. */
  deliver(lane: string): void {
    const index = this.#waiting.findIndex((delivery) => laneOf(delivery) === lane);
    const [delivery] = index === -1 ? [] : this.#waiting.splice(index, 1);
    delivery?.target.receive(delivery.message);
  }
}

const laneOf = ({ message, target }: Delivery): string =>
  `${message.from}/${message.fromDevice}>${target.id}/${target.device}`;

/** One device's signaling port. */
export class FakeSignaling implements SignalingPort {
  readonly #network: FakeSignalingNetwork;
  readonly #listeners = new Set<(message: ReceivedCallMessage) => void>();
  readonly #stateListeners = new Set<(state: SignalingState) => void>();
  readonly id: PeerId;
  readonly device: DeviceId;
  /** Everything that was sent, in order. */
  readonly sent: OutgoingCallMessage[] = [];
  online = true;
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
    for (const target of targets) {
      const { callId, body } = message;
      this.#network.pass({
        target,
        message: { from: this.id, fromDevice: this.device, callId, body, ageMs: 0 },
      });
    }
    const stored = targets.length === 0 && this.stores;
    return Promise.resolve(ok({ devices: targets.map(({ device }) => device), stored }));
  }

  onMessage(listener: (message: ReceivedCallMessage) => void) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onState(listener: (state: SignalingState) => void) {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  state(): SignalingState {
    return this.online
      ? { phase: 'online', url: 'ws://test', since: 0 }
      : { phase: 'offline', url: 'ws://test', since: 0, reason: 'SIGNALING_OFFLINE', retryAt: null };
  }

  setOnline(online: boolean): void {
    this.online = online;
    for (const listener of this.#stateListeners) {
      listener(this.state());
    }
  }

  receive(message: ReceivedCallMessage): void {
    for (const listener of this.#listeners) {
      listener(message);
    }
  }

  /** Types of the sent messages, candidates left out. */
  get sentTypes(): readonly string[] {
    return this.sent.map(({ body }) => body.type).filter((type) => type !== 'candidate');
  }

  get listenerCount(): number {
    return this.#listeners.size + this.#stateListeners.size;
  }
}
