import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import { authText } from '#shared/protocol/auth.ts';
import { decodeFrame, encodeFrame } from '#shared/protocol/codec.ts';
import { limits } from '#shared/protocol/limits.ts';
import {
  serverMessageSchema,
  type ClientMessage,
  type Hello,
  type Ready,
  type ServerMessage,
} from '#shared/protocol/messages.ts';
import type { Identity } from '../identity/IdentityStore.ts';
import { sign, toBase64url } from '../identity/keys.ts';
import { audienceOf } from './audience.ts';
import { lossOf, type Loss } from './closeMeaning.ts';
import type { ConnectSocket, Socket } from './Socket.ts';

/** What a server says once the session stands. */
export type SessionAnswer = Exclude<ServerMessage, { type: 'challenge' | 'ready' }>;

export interface ConnectionHandlers {
  readonly opened: () => void;
  readonly ready: (ready: Ready) => void;
  readonly message: (message: SessionAnswer) => void;
  /** Called at most once, and nothing after it; not called after `close` or `drop`. */
  readonly lost: (loss: Loss) => void;
}

type Stage = 'opening' | 'greeting' | 'proving' | 'session' | 'over';

/** Opening includes name resolution and TLS; the transport has its own, shorter limits. Milliseconds. */
const openingMs = 15_000;

/**
 * One socket from dialling to its end: login, heartbeat, and the rule that the server speaks this protocol and
 * nothing else. Knows nothing about reconnecting.
 */
export class SignalingConnection {
  readonly #identity: Pick<Identity, 'id' | 'deviceId' | 'keys'>;
  readonly #url: string;
  readonly #resume: Hello['resume'];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #handlers: ConnectionHandlers;
  readonly #connect: ConnectSocket;
  #socket: Socket | undefined;
  #stage: Stage = 'opening';
  #lastAlive = 0;
  #cancelTimer: CancelTimer = () => undefined;

  constructor(options: {
    readonly identity: Pick<Identity, 'id' | 'deviceId' | 'keys'>;
    readonly url: string;
    readonly resume: Hello['resume'];
    readonly connect: ConnectSocket;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly handlers: ConnectionHandlers;
  }) {
    this.#identity = options.identity;
    this.#url = options.url;
    this.#resume = options.resume;
    this.#connect = options.connect;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#handlers = options.handlers;
  }

  start(): void {
    this.#deadline(openingMs);
    this.#socket = this.#connect(this.#url, {
      opened: () => this.#opened(),
      frame: (bytes, binary) => this.#frame(bytes, binary),
      alive: () => this.#alive(),
      closed: (end) => {
        if (end.kind === 'failed') {
          this.#logger.debug('socket failed', { reason: end.reason, cause: end.message });
        }
        this.#lose(lossOf(end));
      },
    });
  }

  send(message: ClientMessage): void {
    if (this.#stage !== 'over') {
      this.#socket?.send(encodeFrame(message));
    }
  }

  /** Says goodbye; the server then need not keep the session. */
  close(): void {
    if (this.#finish()) {
      this.#socket?.close();
    }
  }

  /** Drops the socket without a word. */
  drop(): void {
    if (this.#finish()) {
      this.#socket?.terminate();
    }
  }

  #opened(): void {
    if (this.#stage !== 'opening') {
      return;
    }
    this.#stage = 'greeting';
    this.#deadline(limits.handshakeMs);
    this.#handlers.opened();
    this.send({
      type: 'hello',
      publicKey: toBase64url(this.#identity.keys.publicKey),
      deviceId: this.#identity.deviceId,
      ...(this.#resume === undefined ? {} : { resume: this.#resume }),
    });
  }

  #frame(bytes: Uint8Array, binary: boolean): void {
    if (this.#stage === 'over') {
      return;
    }
    this.#alive();
    if (binary) {
      this.#breach('binary frame');
      return;
    }
    const decoded = decodeFrame(bytes, serverMessageSchema);
    if (!decoded.ok) {
      this.#breach(decoded.error.code);
      return;
    }
    this.#message(decoded.value);
  }

  #message(message: ServerMessage): void {
    if (message.type === 'challenge') {
      if (this.#stage !== 'greeting') {
        this.#breach('challenge out of turn');
        return;
      }
      this.#prove(message.nonce);
      return;
    }
    if (message.type === 'ready') {
      if (this.#stage !== 'proving' || message.id !== this.#identity.id) {
        this.#breach('ready out of turn or for another id');
        return;
      }
      this.#stage = 'session';
      this.#beat();
      this.#handlers.ready(message);
      return;
    }
    if (this.#stage !== 'session') {
      this.#breach(`${message.type} before ready`);
      return;
    }
    this.#handlers.message(message);
  }

  #prove(nonce: string): void {
    const audience = audienceOf(this.#url);
    if (audience === undefined) {
      this.#lose({ reason: 'SIGNALING_BAD_ADDRESS', advice: 'never' });
      return;
    }
    this.#stage = 'proving';
    const text = authText({ nonce, audience, deviceId: this.#identity.deviceId });
    this.send({ type: 'auth', signature: toBase64url(sign(text, this.#identity.keys)), audience });
  }

  #alive(): void {
    this.#lastAlive = this.#clock.monotonic();
  }

  /** Pings until nothing has been heard for `deadAfterMs`. */
  #beat(): void {
    const left = this.#lastAlive + limits.deadAfterMs - this.#clock.monotonic();
    if (left <= 0) {
      this.#logger.info('server silent', { ms: limits.deadAfterMs });
      this.#lose({ reason: 'SIGNALING_TIMEOUT', advice: 'backoff' });
      return;
    }
    this.#socket?.ping();
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(Math.min(limits.heartbeatMs, left), () => this.#beat());
  }

  #deadline(ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(ms, () => {
      this.#lose({ reason: 'SIGNALING_TIMEOUT', advice: 'backoff' });
    });
  }

  #breach(what: string): void {
    this.#logger.warn('server broke the protocol', { what });
    this.#lose({ reason: 'SIGNALING_PROTOCOL', advice: 'backoff' });
  }

  #lose(loss: Loss): void {
    if (this.#finish()) {
      this.#socket?.terminate();
      this.#handlers.lost(loss);
    }
  }

  #finish(): boolean {
    if (this.#stage === 'over') {
      return false;
    }
    this.#stage = 'over';
    this.#cancelTimer();
    return true;
  }
}
