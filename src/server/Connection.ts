import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '#shared/clock.ts';
import { closeCodes, type CloseReason } from '#shared/protocol/closeCodes.ts';
import { decodeFrame, encodeFrame } from '#shared/protocol/codec.ts';
import {
  handshakeMessageSchema,
  sessionMessageSchema,
  type Auth,
  type HandshakeMessage,
  type Hello,
  type Ready,
  type SessionMessage,
} from '#shared/protocol/messages.ts';
import type { ServerLimits } from './limits.ts';
import type { Session, SessionSocket } from './Session.ts';
import { TokenBucket } from './TokenBucket.ts';

export interface LoginAttempt {
  readonly hello: Hello;
  readonly auth: Auth;
  readonly nonce: string;
}

/** What a connection needs of the server around it. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly limits: ServerLimits;
  login(connection: Connection, attempt: LoginAttempt): void;
  message(connection: Connection, session: Session, message: SessionMessage): void;
  /** Too many messages; `ref` where the refused one can be answered. */
  overRate(session: Session, ref: string | undefined): void;
  /** A login succeeded: the socket no longer counts as unauthenticated. */
  authenticated(): void;
  /** A held-back frame waits; `flush()` is wanted soon. */
  holding(connection: Connection): void;
  /** The socket is gone, or will be. Called once; `reason`: why the server closed it, if it did. */
  ended(connection: Connection, end: { readonly clean: boolean; readonly reason?: CloseReason }): void;
  /** The socket is gone for good. Called once. */
  gone(connection: Connection): void;
}

type Phase =
  | { readonly name: 'hello' }
  | { readonly name: 'auth'; readonly hello: Hello; readonly nonce: string }
  | { readonly name: 'verifying' }
  | { readonly name: 'session'; readonly session: Session }
  | { readonly name: 'ended' };

const phaseHello: Phase = { name: 'hello' };
const phaseVerifying: Phase = { name: 'verifying' };
const phaseEnded: Phase = { name: 'ended' };

/** A clean end on the client's part (RFC 6455 section 7.4.1). */
const normalClosure = 1000;

/** One socket: the login, then the frames of a session. Sends and closes; decides nothing about routing. */
export class Connection implements SessionSocket {
  readonly address: string;
  readonly localAddress: string;
  readonly openedAt: number;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #host: ConnectionHost;
  #phase: Phase = phaseHello;
  #bucket: TokenBucket | undefined;
  #heardAt: number;
  #closedAt: number | undefined;
  #held = false;

  constructor(options: {
    readonly socket: WebSocket;
    /** The stream under the socket; corked to write several frames at once. */
    readonly stream: Duplex;
    /** Of the client, after a trusted proxy. */
    readonly address: string;
    readonly localAddress: string;
    readonly host: ConnectionHost;
  }) {
    this.#socket = options.socket;
    this.#stream = options.stream;
    this.address = options.address;
    this.localAddress = options.localAddress;
    this.#host = options.host;
    this.openedAt = options.host.clock.monotonic();
    this.#heardAt = this.openedAt;
    this.#socket.on('error', () => this.#end({ clean: false, reason: 'badFrame' }));
    this.#socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    this.#socket.on('ping', () => this.#pinged());
    this.#socket.on('pong', () => this.#heard());
    this.#socket.on('close', (code) => {
      this.#end({ clean: code === normalClosure });
      options.host.gone(this);
    });
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** True until `ready`. */
  get unauthenticated(): boolean {
    return this.#phase.name !== 'session' && this.#phase.name !== 'ended';
  }

  get session(): Session | undefined {
    return this.#phase.name === 'session' ? this.#phase.session : undefined;
  }

  /** The login succeeded; frames from now on belong to `session`. */
  enter(session: Session, ready: Ready): void {
    const { limits } = this.#host;
    this.#phase = { name: 'session', session };
    this.#host.authenticated();
    this.#bucket = new TokenBucket({
      perSecond: limits.messagesPerSecond,
      capacity: limits.burst,
      now: this.#host.clock.monotonic(),
    });
    this.write(encodeFrame(ready));
  }

  write(frame: string): void {
    if (!this.open) {
      return;
    }
    this.#socket.send(frame);
    this.flush();
    if (this.#socket.bufferedAmount > this.#host.limits.backlogBytes) {
      this.tooSlow();
    }
  }

  writeSoon(frame: string): void {
    if (this.#host.limits.receiptDelayMs === 0 || !this.open) {
      this.write(frame);
      return;
    }
    if (!this.#held) {
      this.#held = true;
      this.#stream.cork();
      this.#host.holding(this);
    }
    this.#socket.send(frame);
  }

  /** Lets go of held-back frames. */
  flush(): void {
    if (this.#held) {
      this.#held = false;
      this.#stream.uncork();
    }
  }

  tooSlow(): void {
    this.close('slowReader');
  }

  replaced(): void {
    this.close('replaced');
  }

  close(reason: CloseReason): void {
    if (this.#closedAt !== undefined) {
      return;
    }
    this.#closedAt = this.#host.clock.monotonic();
    this.flush();
    this.#end({ clean: false, reason });
    this.#socket.close(closeCodes[reason].code, reason);
  }

  /** Ends the socket without a word. */
  terminate(): void {
    this.flush();
    this.#socket.terminate();
  }

  /** Looks at every time limit of this socket. True when it was found dead. */
  sweep(now: number): boolean {
    const { limits } = this.#host;
    if (this.#closedAt !== undefined) {
      if (now - this.#closedAt >= limits.closeGraceMs) {
        this.terminate();
      }
      return false;
    }
    if (this.unauthenticated && now - this.openedAt >= limits.handshakeMs) {
      this.close('handshakeTimeout');
      return false;
    }
    const silent = now - this.#heardAt;
    // The next look would come too late to keep the promise.
    if (silent > limits.deadAfterMs - limits.sweepMs) {
      this.terminate();
      return true;
    }
    if (silent >= limits.heartbeatMs && this.open) {
      this.#socket.ping();
      this.flush();
    }
    return false;
  }

  #heard(): void {
    this.#heardAt = this.#host.clock.monotonic();
  }

  #pinged(): void {
    this.#heard();
    this.flush();
    if (this.#phase.name === 'session') {
      this.#charge(this.#phase.session, undefined);
    }
  }

  #received(data: RawData, isBinary: boolean): void {
    this.#heard();
    if (this.#phase.name === 'ended') {
      return;
    }
    // `nodebuffer` is the default binary type of ws: one Buffer, never fragments.
    if (isBinary || !Buffer.isBuffer(data)) {
      this.close('badFrame');
    } else if (this.#phase.name === 'session') {
      this.#sessionFrame(data, this.#phase.session);
    } else {
      this.#handshakeFrame(data);
    }
  }

  #sessionFrame(data: Buffer, session: Session): void {
    const message = decodeFrame(data, sessionMessageSchema);
    if (!message.ok) {
      this.close('badFrame');
    } else if (message.value.type === 'ack') {
      this.#acknowledged(session, message.value.seq);
    } else if (this.#charge(session, message.value.ref)) {
      this.#host.message(this, session, message.value);
    }
  }

  /** An `ack` that says something new is free: how many there are is up to those who send to this device. */
  #acknowledged(session: Session, seq: number): void {
    const result = session.acknowledge(seq);
    if (result === 'ahead') {
      this.close('badFrame');
    } else if (result === 'idle') {
      this.#charge(session, undefined);
    }
  }

  #charge(session: Session, ref: string | undefined): boolean {
    const taken = this.#bucket?.take(this.#heardAt) ?? 'taken';
    if (taken === 'taken') {
      return true;
    }
    if (taken === 'exhausted') {
      this.close('rateLimited');
    } else {
      this.#host.overRate(session, ref);
    }
    return false;
  }

  #handshakeFrame(data: Buffer): void {
    const message = decodeFrame(data, handshakeMessageSchema);
    if (message.ok) {
      this.#handshakeMessage(message.value);
    } else {
      this.close('badFrame');
    }
  }

  #handshakeMessage(message: HandshakeMessage): void {
    const phase = this.#phase;
    if (phase.name === 'hello' && message.type === 'hello') {
      const nonce = randomBytes(32).toString('base64url');
      this.#phase = { name: 'auth', hello: message, nonce };
      this.write(encodeFrame({ type: 'challenge', nonce }));
    } else if (phase.name === 'auth' && message.type === 'auth') {
      // The nonce leaves with the phase: it is good for one attempt.
      this.#phase = phaseVerifying;
      this.#host.login(this, { hello: phase.hello, auth: message, nonce: phase.nonce });
    } else {
      this.close('badFrame');
    }
  }

  #end(end: { readonly clean: boolean; readonly reason?: CloseReason }): void {
    if (this.#phase.name === 'ended') {
      return;
    }
    this.#host.ended(this, end);
    this.#phase = phaseEnded;
  }
}
