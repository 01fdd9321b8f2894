import type { CancelTimer, Clock } from '#shared/clock.ts';
import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import type { Deliver, Mail, PresenceState, Ready } from '#shared/protocol/messages.ts';
import { assertNever, fail, type Result } from '#shared/result.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import type { Identity } from '../identity/IdentityStore.ts';
import { audienceOf } from './audience.ts';
import { PendingRequests, type Answer, type Request } from './PendingRequests.ts';
import { SessionPlace } from './SessionPlace.ts';
import { SignalingConnection, type SessionAnswer } from './SignalingConnection.ts';
import {
  step,
  toSignalingState,
  type MachineEffect,
  type MachineEvent,
  type MachineState,
} from './signalingMachine.ts';
import { SignalingRequests, type AskOptions, type RequestBody } from './SignalingRequests.ts';
import type { SignedOutServers } from './SignedOutServers.ts';
import type { ConnectSocket } from './Socket.ts';

export interface SignalingEvents {
  readonly state: SignalingState;
  /** Logged in; `resumed`: the server kept what it was told before. Comes after the state `online`. */
  readonly session: { readonly resumed: boolean };
  readonly deliver: Deliver;
  readonly mail: Mail;
  readonly presence: { readonly id: PeerId; readonly state: PresenceState };
}

/**
 * The session with the signaling server, across as many sockets as it takes. The phases are a pure reducer
 * (signalingMachine.ts); here are its effects, and the requests that wait for an answer.
 */
export class SignalingClient {
  readonly requests: SignalingRequests;
  readonly #identity: Pick<Identity, 'id' | 'deviceId' | 'keys'>;
  readonly #connect: ConnectSocket;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #signedOut: Pick<SignedOutServers, 'has' | 'add'>;
  readonly #events: Emitter<SignalingEvents>;
  readonly #pending: PendingRequests;
  readonly #place: SessionPlace;
  #url: string;
  #machine: MachineState = { phase: 'stopped' };
  #shown: SignalingState;
  #connection: SignalingConnection | undefined;
  #cancelWait: CancelTimer = () => undefined;
  #nextRef = 1;
  /** The server's clock minus our monotonic one, milliseconds. */
  #serverOffset: number | undefined;

  constructor(options: {
    readonly identity: Pick<Identity, 'id' | 'deviceId' | 'keys'>;
    readonly url: string;
    readonly connect: ConnectSocket;
    readonly clock: Clock;
    readonly logger: Logger;
    /** 0 (inclusive) to 1 (exclusive). */
    readonly random: () => number;
    /** Where this device was signed out: those servers are not dialled again. */
    readonly signedOut: Pick<SignedOutServers, 'has' | 'add'>;
  }) {
    this.#identity = options.identity;
    this.#url = options.url;
    this.#connect = options.connect;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#random = options.random;
    this.#signedOut = options.signedOut;
    this.requests = new SignalingRequests({
      ask: async (request, how) => this.#ask(request, how),
    });
    this.#events = new Emitter((error, event) => this.#logger.error('listener failed', { error, event }));
    this.#pending = new PendingRequests({ clock: this.#clock, whyLate: () => this.#whyLate() });
    this.#place = new SessionPlace({
      clock: this.#clock,
      acknowledge: (seq) => {
        if (this.#machine.phase === 'online') {
          this.#connection?.send({ type: 'ack', seq });
        }
      },
    });
    this.#shown = toSignalingState(this.#machine, this.#url, this.#clock.now());
  }

  get state(): SignalingState {
    return this.#shown;
  }

  on<K extends keyof SignalingEvents>(
    event: K,
    listener: (payload: SignalingEvents[K]) => void,
  ): Unsubscribe {
    return this.#events.on(event, listener);
  }

  start(): void {
    this.#dispatch({ type: 'start', now: this.#clock.now() });
  }

  /** Says goodbye to the server; what waits for an answer fails. Final. */
  close(): void {
    this.#place.flush();
    this.#connection?.close();
    this.#connection = undefined;
    this.#dispatch({ type: 'stop' });
    this.#pending.failAll('SIGNALING_OFFLINE', 'the app is closing');
    this.#events.clear();
  }

  /** Ends any waiting: the person asks for it, or there is a server now where there was none. */
  retry(): void {
    this.#dispatch({ type: 'retry', now: this.#clock.now() });
  }

  /** Makes the next planned attempt now; after a "never" of the server none is planned, and nothing happens. */
  hasten(): void {
    this.#dispatch({ type: 'hasten', now: this.#clock.now() });
  }

  /**
   * The computer woke up, or lost an address: whatever the socket believes is out of date. After a "never" of the
   * server nothing happens.
   */
  wake(): void {
    this.#dispatch({ type: 'wake', now: this.#clock.now() });
  }

  /** Moves to another server; a session of the old one is given up. */
  setUrl(url: string): void {
    if (url === this.#url) {
      this.hasten();
      return;
    }
    this.#url = url;
    this.#place.leave();
    this.#serverOffset = undefined;
    this.#dispatch({ type: 'restart', now: this.#clock.now() });
  }

  /** The server's clock as far as we know it, milliseconds since the epoch. */
  serverNow(): number {
    return this.#serverOffset === undefined
      ? this.#clock.now()
      : this.#serverOffset + this.#clock.monotonic();
  }

  /** The notices are kept here now. Lost with a broken connection: then they come again. */
  ackMail(mail: readonly string[]): void {
    if (this.#machine.phase === 'online') {
      this.#connection?.send({ type: 'mail.ack', mail: [...mail] });
    }
  }

  async #ask(body: RequestBody, { deadlineMs, lasts }: AskOptions): Promise<Result<Answer>> {
    const { phase } = this.#machine;
    const bound = lasts === 'connection';
    const hopeless = phase === 'stopped' || (phase === 'waiting' && this.#machine.retryAt === null);
    if (hopeless || (bound && phase !== 'online')) {
      return fail(this.#whyLate(), 'not connected');
    }
    const request: Request = { ...body, ref: (this.#nextRef++).toString(36) };
    const answer = this.#pending.add(request, { deadlineMs, bound });
    if (phase === 'online') {
      this.#connection?.send(request);
    }
    return answer;
  }

  #whyLate(): ErrorCode {
    const machine = this.#machine;
    if (machine.phase === 'waiting') {
      return machine.reason;
    }
    return machine.phase === 'online' ? 'SIGNALING_TIMEOUT' : 'SIGNALING_OFFLINE';
  }

  #dispatch(event: MachineEvent): void {
    const before = this.#machine;
    const next = step(before, event);
    this.#machine = next.state;
    next.effects.forEach((effect) => this.#run(effect));
    if (this.#machine.phase === 'waiting' && this.#machine.retryAt === null) {
      this.#pending.failAll(this.#machine.reason, 'the connection does not come back by itself');
    }
    this.#show(before);
  }

  #show(before: MachineState): void {
    if (this.#machine === before) {
      return;
    }
    const shown = toSignalingState(this.#machine, this.#url, this.#clock.now());
    if (JSON.stringify(shown) === JSON.stringify(this.#shown)) {
      return;
    }
    this.#shown = shown;
    this.#logger.info(shown.phase, 'reason' in shown ? { reason: shown.reason } : {});
    this.#events.emit('state', shown);
  }

  #run(effect: MachineEffect): void {
    switch (effect.type) {
      case 'open':
        this.#open();
        return;
      case 'drop':
        this.#place.pause();
        this.#connection?.drop();
        this.#connection = undefined;
        this.#pending.failBound('SIGNALING_OFFLINE');
        return;
      case 'wait':
        this.#cancelWait = this.#clock.after(effect.ms, () =>
          this.#dispatch({ type: 'due', now: this.#clock.now() }),
        );
        return;
      case 'stopWaiting':
        this.#cancelWait();
        return;
      default:
        assertNever(effect);
    }
  }

  #open(): void {
    const server = audienceOf(this.#url);
    if (server === undefined) {
      this.#lost({ reason: 'SIGNALING_BAD_ADDRESS', advice: 'never' });
      return;
    }
    if (this.#signedOut.has(server)) {
      this.#lost({ reason: 'SIGNALING_SIGNED_OUT', advice: 'never' });
      return;
    }
    this.#connection = new SignalingConnection({
      identity: this.#identity,
      url: this.#url,
      resume: this.#place.resume,
      connect: this.#connect,
      clock: this.#clock,
      logger: this.#logger,
      handlers: {
        opened: () => this.#dispatch({ type: 'opened' }),
        ready: (ready) => this.#ready(ready),
        message: (message) => this.#message(message),
        lost: (loss) => {
          if (loss.reason === 'SIGNALING_SIGNED_OUT') {
            this.#signedOut.add(server);
          }
          this.#lost(loss);
        },
      },
    });
    this.#connection.start();
  }

  #lost(loss: { readonly reason: ErrorCode; readonly advice: 'never' | 'now' | 'backoff' }): void {
    this.#dispatch({ type: 'lost', now: this.#clock.now(), random: this.#random(), ...loss });
  }

  #ready(ready: Ready): void {
    this.#place.enter(ready);
    this.#serverOffset = ready.time - this.#clock.monotonic();
    this.#pending.requests.forEach((request) => this.#connection?.send(request));
    this.#dispatch({ type: 'ready', now: this.#clock.now() });
    this.#events.emit('session', { resumed: ready.resumed });
  }

  #message(message: SessionAnswer): void {
    switch (message.type) {
      case 'deliver':
        if (this.#place.take(message.seq)) {
          this.#events.emit('deliver', message);
        }
        return;
      case 'mail':
        this.#events.emit('mail', message);
        return;
      case 'presence':
        this.#events.emit('presence', { id: message.id, state: message.state });
        return;
      default:
        if (!this.#pending.answer(message)) {
          this.#logger.debug('answer to nothing', { type: message.type });
        }
    }
  }
}
