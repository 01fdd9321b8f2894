import type { DeviceId } from '#shared/identity/ids.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { SendReceipt } from '#shared/ipc/contract.ts';
import type { PresenceState, RequestErrorCode, SessionRequest, Turn } from '#shared/protocol/messages.ts';
import { fail, ok, type Failure, type Result } from '#shared/result.ts';
import type { Answer, Request } from './PendingRequests.ts';

type WithoutRef<T> = T extends unknown ? Omit<T, 'ref'> : never;
export type RequestBody = WithoutRef<Request>;
type Fields<T extends Request['type']> = Omit<SessionRequest<T>, 'type' | 'ref'>;

export interface AskOptions {
  /** How long the request may stay unanswered, milliseconds. */
  readonly deadlineMs: number;
  /**
   * `connection`: fails with the socket, because what it says holds for one session only, or means nothing
   * without what was said before it. `deadline`: is said again in the next session.
   */
  readonly lasts: 'connection' | 'deadline';
}

const requestErrors: Readonly<Record<RequestErrorCode, ErrorCode>> = {
  rateLimited: 'SIGNALING_RATE_LIMITED',
  backplaneFailed: 'SIGNALING_OFFLINE',
  selfAddressed: 'PEER_IS_SELF',
  mailboxFull: 'SIGNALING_MAILBOX_FULL',
  tooMany: 'SIGNALING_REFUSED',
};

/** For what a person waits for, and for what goes on behind the scenes; milliseconds. */
const deadlineMs = 10_000;

/** What a client may ask of its server, with the answers it may get. */
export class SignalingRequests {
  readonly #ask: (request: RequestBody, options: AskOptions) => Promise<Result<Answer>>;

  constructor(options: {
    readonly ask: (request: RequestBody, options: AskOptions) => Promise<Result<Answer>>;
  }) {
    this.#ask = options.ask;
  }

  /**
   * Passes a sealed box on. Survives reconnects; fails when no receipt came within `withinMs`, or at once when
   * the connection will not come back by itself.
   */
  async send(request: Fields<'send'>, withinMs: number): Promise<Result<SendReceipt>> {
    const answer = await this.#ask({ type: 'send', ...request }, { deadlineMs: withinMs, lasts: 'deadline' });
    if (!answer.ok) {
      return answer;
    }
    return answer.value.type === 'receipt'
      ? ok({ devices: answer.value.devices, stored: answer.value.stored })
      : unexpected(answer.value);
  }

  /** The key that the server remembers for an id, in base64url, unchecked; null when it knows none. */
  async key(id: PeerId): Promise<Result<string | null>> {
    const answer = await this.#ask({ type: 'key.get', id }, { deadlineMs, lasts: 'deadline' });
    if (!answer.ok) {
      return answer;
    }
    switch (answer.value.type) {
      case 'key':
        return ok(answer.value.publicKey);
      case 'unknown':
        return ok(null);
      default:
        return unexpected(answer.value);
    }
  }

  /** Leaves a sealed notice; fails with SIGNALING_MAILBOX_FULL when there is no room for it. */
  async putMail(notice: Fields<'mail.put'>): Promise<Result<null>> {
    return this.#do({ type: 'mail.put', ...notice }, 'deadline');
  }

  /** One part of a new book. */
  async putBook(part: Fields<'book.put'>): Promise<Result<null>> {
    return this.#do({ type: 'book.put', ...part }, 'connection');
  }

  async changeBook(change: Fields<'book.change'>): Promise<Result<null>> {
    return this.#do({ type: 'book.change', ...change }, 'connection');
  }

  async setPresence(state: PresenceState): Promise<Result<null>> {
    return this.#do({ type: 'presence.set', state }, 'connection');
  }

  async watchPresence(part: Fields<'presence.watch'>): Promise<Result<null>> {
    return this.#do({ type: 'presence.watch', ...part }, 'connection');
  }

  /** The connected devices of the own id, this one among them. */
  async devices(): Promise<Result<readonly DeviceId[]>> {
    const answer = await this.#ask({ type: 'devices.get' }, { deadlineMs, lasts: 'connection' });
    if (!answer.ok) {
      return answer;
    }
    return answer.value.type === 'devices'
      ? ok(answer.value.devices.map(({ deviceId }) => deviceId))
      : unexpected(answer.value);
  }

  /** Signs another device of the own id out. */
  async endDevice(device: DeviceId): Promise<Result<null>> {
    return this.#do({ type: 'devices.end', device }, 'connection');
  }

  /** Relays of the server with fresh credentials. Fails at once when it is not connected. */
  async relays(withinMs: number): Promise<Result<Pick<Turn, 'servers' | 'ttl'>>> {
    const answer = await this.#ask({ type: 'turn.get' }, { deadlineMs: withinMs, lasts: 'connection' });
    if (!answer.ok) {
      return answer;
    }
    return answer.value.type === 'turn'
      ? ok({ servers: answer.value.servers, ttl: answer.value.ttl })
      : unexpected(answer.value);
  }

  async #do(request: RequestBody, lasts: AskOptions['lasts']): Promise<Result<null>> {
    const answer = await this.#ask(request, { deadlineMs, lasts });
    if (!answer.ok) {
      return answer;
    }
    return answer.value.type === 'done' ? ok(null) : unexpected(answer.value);
  }
}

const unexpected = (answer: Answer): { readonly ok: false; readonly error: Failure } =>
  answer.type === 'error'
    ? fail(requestErrors[answer.code], `the server answered ${answer.code}`)
    : fail('SIGNALING_PROTOCOL', `the server answered with ${answer.type}`);
