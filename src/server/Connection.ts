import { randomBytes } from 'node:crypto';
import type { RawData } from 'ws';
import type { Clock } from '#shared/clock.ts';
import { closeCodes, type CloseReason } from '#shared/protocol/closeCodes.ts';
import { decodeFrame, encodeFrame } from '#shared/protocol/codec.ts';
import {
  handshakeMessageSchema,
  type Auth,
  type HandshakeMessage,
  type Hello,
  type Ready,
  type SessionMessage,
} from '#shared/protocol/messages.ts';
import { TokenBucket } from '#shared/tokenBucket.ts';
import type { ServerLimits } from './limits.ts';
import type { AcceptedSocket, AddressSlot } from './Listener.ts';
import type { ServerSocket, SocketListener } from './ServerSocket.ts';
import type { Session, SessionSocket } from './Session.ts';
import { sessionFrameSchema } from './sessionFrames.ts';
import { encodeTextFrames, pingFrame } from './textFrames.ts';

export interface LoginAttempt {
  readonly hello: Hello;
  readonly auth: Auth;
  readonly nonce: string;
  readonly origin: SocketOrigin;
}

/** Where a socket comes from; kept until the login only. */
type SocketOrigin = Pick<AcceptedSocket, 'address' | 'localAddress'>;

/** What a connection needs of the server around it. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly limits: ServerLimits;
  login(connection: Connection, attempt: LoginAttempt): void;
  message(session: Session, message: SessionMessage): void;
  /** Whether at least one of those notices waits for an acknowledgement of this session. */
  owesMailAck(session: Session, mail: readonly string[]): boolean;
  /** Too many messages; `ref` where the refused one can be answered. */
  overRate(session: Session, ref: string | undefined): void;
  /** A login succeeded: the socket no longer counts as unauthenticated. */
  authenticated(connection: Connection): void;
  /** A frame is held back; `release()` is wanted now and then until it returns true. */
  holding(connection: Connection): void;
  /** The socket is gone, or will be. Called once; `reason`: why the server closed it, if it did. */
  ended(connection: Connection, end: { readonly clean: boolean; readonly reason?: CloseReason }): void;
  /** The socket is gone for good. Called once. */
  gone(connection: Connection): void;
}

type Phase =
  | { readonly name: 'hello'; readonly origin: SocketOrigin }
  | { readonly name: 'auth'; readonly hello: Hello; readonly nonce: string; readonly origin: SocketOrigin }
  | { readonly name: 'verifying' }
  | { readonly name: 'session'; readonly session: Session }
  | { readonly name: 'ended' };

const none: readonly string[] = [];

const phaseVerifying: Phase = { name: 'verifying' };
const phaseEnded: Phase = { name: 'ended' };

/** A clean end on the client's part (RFC 6455 section 7.4.1). */
const normalClosure = 1000;

/** One socket: the login, then the frames of a session. Sends and closes; decides nothing about routing. */
export class Connection implements SessionSocket, SocketListener {
  readonly slot: AddressSlot;
  readonly openedAt: number;
  readonly #socket: ServerSocket;
  readonly #host: ConnectionHost;
  #phase: Phase;
  #bucket: TokenBucket | undefined;
  #heardAt: number;
  #closedAt: number | undefined;
  /** Frames that wait for company. */
  #held: string[] | undefined;
  #heldAt = 0;
  /** Whether the host knows that frames may be held here. */
  #holding = false;

  constructor({ socket, stream, slot, ...origin }: AcceptedSocket, host: ConnectionHost) {
    this.slot = slot;
    this.#socket = socket;
    this.#host = host;
    this.openedAt = this.#now();
    this.#heardAt = this.openedAt;
    this.#phase = { name: 'hello', origin };
    socket.listen(this, stream);
  }

  get addressKey(): string {
    return this.slot.key;
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
    this.#phase = { name: 'session', session };
    this.#host.authenticated(this);
    this.write(encodeFrame(ready));
  }

  write(frame: string): void {
    const held = this.#held;
    this.#held = undefined;
    this.#put(encodeTextFrames(held === undefined ? [frame] : [...held, frame]));
  }

  writePieces(...pieces: readonly string[]): void {
    const held = this.#held ?? none;
    this.#held = undefined;
    this.#put(encodeTextFrames(held, ...pieces));
  }

  writeSoon(frame: string): void {
    if (this.#host.limits.receiptDelayMs === 0) {
      this.write(frame);
    } else if (this.#held === undefined) {
      this.#held = [frame];
      this.#heldAt = this.#now();
      if (!this.#holding) {
        this.#holding = true;
        this.#host.holding(this);
      }
    } else {
      this.#held.push(frame);
    }
  }

  /** Lets go of frames that were held back since `before` or longer; true when none is held any more. */
  release(before: number): boolean {
    if (this.#held !== undefined && this.#heldAt > before && this.open) {
      return false;
    }
    this.#holding = false;
    this.flush();
    return true;
  }

  /** Lets go of held-back frames. */
  flush(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) {
      this.#put(encodeTextFrames(held));
    }
  }

  /** The rate is one of deliveries: who has many devices must not be a lever for those who write to them. */
  multiplied(more: number): void {
    this.#bucket?.owe(more, this.#now());
  }

  tooSlow(): void {
    this.close('slowReader');
  }

  replaced(): void {
    this.close('replaced');
  }

  signedOut(): void {
    this.close('signedOut');
  }

  close(reason: CloseReason): void {
    if (this.#closedAt !== undefined) {
      return;
    }
    this.#closedAt = this.#now();
    this.flush();
    this.#end({ clean: false, reason });
    this.#socket.close(closeCodes[reason].code, reason);
  }

  /** Ends the socket without a word. */
  terminate(): void {
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
      this.#socket.writeFrames(pingFrame);
    }
    return false;
  }

  ponged(): void {
    this.#heard();
  }

  /** The frame layer is broken; ws closes the socket itself, with a code of RFC 6455. */
  failed(): void {
    this.#end({ clean: false, reason: 'badFrame' });
  }

  closed(code: number): void {
    this.#end({ clean: code === normalClosure });
    this.#host.gone(this);
  }

  #put(frames: Buffer): void {
    if (!this.open) {
      return;
    }
    this.#socket.writeFrames(frames);
    if (this.#socket.backlog > this.#host.limits.backlogBytes) {
      this.tooSlow();
    }
  }

  /** In whole milliseconds: a number with a fraction would be an object of its own wherever it is kept. */
  #now(): number {
    return Math.floor(this.#host.clock.monotonic());
  }

  #heard(): void {
    this.#heardAt = this.#now();
  }

  pinged(): void {
    this.#heard();
    if (this.#phase.name === 'session') {
      this.#charge(this.#phase.session, undefined);
    }
  }

  received(data: RawData, isBinary: boolean): void {
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
    const message = decodeFrame(data, sessionFrameSchema);
    if (!message.ok) {
      this.close('badFrame');
    } else if (message.value.type === 'ack') {
      this.#acknowledged(session, message.value.seq);
    } else if (message.value.type === 'mail.ack') {
      // The same as with `ack`: what answers something is free.
      if (this.#host.owesMailAck(session, message.value.mail) || this.#charge(session, undefined)) {
        this.#host.message(session, message.value);
      }
    } else if (this.#charge(session, message.value.ref)) {
      this.#host.message(session, message.value);
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
    // Made when first needed: most connections wait for a call and say nothing.
    this.#bucket ??= new TokenBucket({
      perSecond: this.#host.limits.messagesPerSecond,
      capacity: this.#host.limits.burst,
      now: this.#heardAt,
    });
    const taken = this.#bucket.take(this.#heardAt);
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
      this.#phase = { name: 'auth', hello: message, nonce, origin: phase.origin };
      this.write(encodeFrame({ type: 'challenge', nonce }));
    } else if (phase.name === 'auth' && message.type === 'auth') {
      // The nonce leaves with the phase: it is good for one attempt.
      this.#phase = phaseVerifying;
      const { hello, nonce, origin } = phase;
      this.#host.login(this, { hello, auth: message, nonce, origin });
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
