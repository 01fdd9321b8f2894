import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { WebSocket } from 'ws';
import { deviceIdSchema, type DeviceId } from '#shared/identity/ids.ts';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import { authText } from '#shared/protocol/auth.ts';
import { decodeFrame } from '#shared/protocol/codec.ts';
import {
  serverMessageSchema,
  type Deliver,
  type Hello,
  type Ready,
  type Receipt,
  type RequestErrorCode,
  type ServerMessage,
  type SessionMessage,
} from '#shared/protocol/messages.ts';
import { subprotocol } from '#shared/protocol/version.ts';

/** An Ed25519 identity made with node:crypto alone. */
export interface TestIdentity {
  readonly id: PeerId;
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** A new identity, or the one of a 32 byte seed (for worked examples). */
export function testIdentity(seed?: Uint8Array): TestIdentity {
  const pkcs8 = (bytes: Uint8Array) =>
    Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes]);
  const privateKey =
    seed === undefined
      ? generateKeyPairSync('ed25519').privateKey
      : createPrivateKey({ key: pkcs8(seed), format: 'der', type: 'pkcs8' });
  const raw = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    id: peerIdFromDigest(createHash('sha256').update(raw).digest()),
    publicKey: raw.toString('base64url'),
    privateKey,
  };
}

export const testDeviceId = (): DeviceId => deviceIdSchema.parse(randomBytes(16).toString('base64url'));

export interface LoginOptions {
  readonly identity?: TestIdentity;
  readonly deviceId?: DeviceId;
  readonly resume?: Hello['resume'];
  /** What to sign and name instead of the address that was dialled. */
  readonly audience?: string;
  /** Signs instead of the identity's key. */
  readonly signer?: TestIdentity;
  /** Sent instead of a proper signature. */
  readonly signature?: string;
  /** Signed instead of the server's nonce. */
  readonly nonce?: string;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type MessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** A minimal client of the protocol: keeps what it receives in order and lets a test wait for it. */
export class ProtocolClient {
  readonly identity: TestIdentity;
  readonly deviceId: DeviceId;
  readonly socket: WebSocket;
  readonly received: ServerMessage[] = [];
  readonly closed: Promise<Closed>;
  readonly #url: URL;
  readonly #waiting = new Set<() => void>();
  #nextRef = 1;
  #closedWith: Closed | undefined;
  #ready: Ready | undefined;

  constructor(
    url: string,
    options: {
      readonly identity?: TestIdentity;
      readonly deviceId?: DeviceId;
      readonly protocols?: string[];
      readonly ca?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly autoPong?: boolean;
    } = {},
  ) {
    this.identity = options.identity ?? testIdentity();
    this.deviceId = options.deviceId ?? testDeviceId();
    this.#url = new URL(url);
    const { ca, headers, autoPong } = options;
    this.socket = new WebSocket(url, options.protocols ?? [subprotocol], {
      perMessageDeflate: false,
      ...(ca === undefined ? {} : { ca }),
      ...(headers === undefined ? {} : { headers }),
      ...(autoPong === undefined ? {} : { autoPong }),
    });
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data) => {
      const message = decodeFrame(data as Buffer, serverMessageSchema);
      if (!message.ok) {
        throw new Error(`the server sent a frame that its own schema refuses: ${message.error.message}`);
      }
      this.received.push(message.value);
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        this.#closedWith = { code, reason: reason.toString() };
        this.#wake();
        resolve(this.#closedWith);
      });
    });
  }

  /** Connects and logs in; throws when the server refuses. */
  static async login(
    url: string,
    options: LoginOptions & { readonly ca?: string } = {},
  ): Promise<ProtocolClient> {
    const client = new ProtocolClient(url, options);
    await client.login(options);
    return client;
  }

  get ready(): Ready {
    if (this.#ready === undefined) {
      throw new Error('not logged in');
    }
    return this.#ready;
  }

  get id(): PeerId {
    return this.identity.id;
  }

  get deliveries(): readonly Deliver[] {
    return this.received.filter((message) => message.type === 'deliver');
  }

  async opened(): Promise<void> {
    await this.#until(
      () => this.socket.readyState === WebSocket.OPEN || undefined,
      'open',
      (wake) => {
        this.socket.once('open', wake);
      },
    );
  }

  async login(options: LoginOptions = {}): Promise<Ready> {
    const challenge = await this.hello(options);
    this.auth(challenge, options);
    this.#ready = await this.next('ready');
    return this.#ready;
  }

  /** Says hello and returns the server's nonce. */
  async hello(options: LoginOptions = {}): Promise<string> {
    await this.opened();
    this.send({
      type: 'hello',
      publicKey: this.identity.publicKey,
      deviceId: this.deviceId,
      ...(options.resume === undefined ? {} : { resume: options.resume }),
    });
    return (await this.next('challenge')).nonce;
  }

  auth(nonce: string, options: LoginOptions = {}): void {
    const audience = options.audience ?? this.audience;
    const text = authText({ nonce: options.nonce ?? nonce, audience, deviceId: this.deviceId });
    const { privateKey } = options.signer ?? this.identity;
    const signature = options.signature ?? sign(null, Buffer.from(text), privateKey).toString('base64url');
    this.send({ type: 'auth', signature, audience });
  }

  /** Host and port as dialled. */
  get audience(): string {
    const defaultPort = this.#url.protocol === 'wss:' ? '443' : '80';
    return `${this.#url.hostname}:${this.#url.port === '' ? defaultPort : this.#url.port}`;
  }

  /** Sends any value as a JSON text frame, whether it is a message or not. */
  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Passes a box and waits for its receipt. */
  async deliver(
    to: PeerId,
    options: {
      readonly box?: string;
      readonly ref?: string;
      readonly device?: DeviceId;
      readonly ttl?: number;
    } = {},
  ): Promise<Receipt> {
    const ref = options.ref ?? this.ref();
    const { box = 'Ym94', ttl = 30, device } = options;
    this.send({ type: 'send', ref, to, box, ttl, ...(device === undefined ? {} : { device }) });
    return this.next('receipt', (receipt) => receipt.ref === ref);
  }

  /** Sends a request whose answer is `done` or `error`, and waits for it. */
  async request(message: DistributiveOmit<SessionMessage, 'ref'>): Promise<'done' | RequestErrorCode> {
    const ref = this.ref();
    this.send({ ...message, ref });
    return this.#until(() => {
      const index = this.received.findIndex(
        (answer) => (answer.type === 'done' || answer.type === 'error') && answer.ref === ref,
      );
      const [answer] = index === -1 ? [] : this.received.splice(index, 1);
      return answer?.type === 'error' ? answer.code : answer && 'done';
    }, message.type);
  }

  ack(seq: number): void {
    this.send({ type: 'ack', seq });
  }

  ref(): string {
    return `r${this.#nextRef++}`;
  }

  /** Takes the first message of a type out of what was received, waiting for it if need be. */
  async next<T extends ServerMessage['type']>(
    type: T,
    matches: (message: MessageOf<T>) => boolean = () => true,
  ): Promise<MessageOf<T>> {
    return this.#until(() => {
      const index = this.received.findIndex(
        (message) => message.type === type && matches(message as MessageOf<T>),
      );
      return index === -1 ? undefined : (this.received.splice(index, 1)[0] as MessageOf<T>);
    }, type);
  }

  /** Every answer so far is here once this one is: the server answers in order. */
  async settle(): Promise<void> {
    const ref = this.ref();
    this.send({ type: 'key.get', ref, id: this.id });
    await this.next('key', (key) => key.ref === ref);
  }

  /** Closes cleanly: the session ends. */
  async close(): Promise<void> {
    this.socket.close(1000);
    await this.closed;
  }

  /** Drops the socket as a crash or a cut cable does: the session waits. */
  async drop(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) {
      wake();
    }
  }

  async #until<T>(
    poll: () => T | undefined,
    what: string,
    arm: (wake: () => void) => void = () => undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        const value = poll();
        if (value !== undefined) {
          this.#waiting.delete(wake);
          resolve(value);
        } else if (this.#closedWith !== undefined) {
          this.#waiting.delete(wake);
          reject(new Error(`closed with ${this.#closedWith.code} while waiting for ${what}`));
        }
      };
      this.#waiting.add(wake);
      arm(wake);
      wake();
    });
  }
}
