import { encodeFrame } from '#shared/protocol/codec.ts';
import type { ClientMessage, ServerMessage } from '#shared/protocol/messages.ts';
import type {
  ConnectSocket,
  SocketEnd,
  SocketHandlers,
} from '../../../src/main/services/signaling/Socket.ts';

/** The far end of one socket that the client under test has dialled. */
export class FakeSocket {
  readonly url: string;
  readonly sent: ClientMessage[] = [];
  pings = 0;
  ended: 'closed' | 'terminated' | undefined;
  readonly #handlers: SocketHandlers;

  constructor(url: string, handlers: SocketHandlers) {
    this.url = url;
    this.#handlers = handlers;
  }

  open(): void {
    this.#handlers.opened();
  }

  say(message: ServerMessage): void {
    this.sayText(encodeFrame(message));
  }

  sayText(text: string): void {
    this.sayBytes(Buffer.from(text));
  }

  sayBinary(bytes: Uint8Array): void {
    this.sayBytes(bytes, true);
  }

  sayBytes(bytes: Uint8Array, binary = false): void {
    this.#handlers.frame(bytes, binary);
  }

  pong(): void {
    this.#handlers.alive();
  }

  end(end: SocketEnd): void {
    this.#handlers.closed(end);
  }

  /** The messages of one type, in order. */
  sentOf<T extends ClientMessage['type']>(type: T): Extract<ClientMessage, { type: T }>[] {
    return this.sent.filter(
      (message): message is Extract<ClientMessage, { type: T }> => message.type === type,
    );
  }
}

/** Every socket that was dialled, so that a test can play the server on each. */
export class FakeSockets {
  readonly all: FakeSocket[] = [];

  readonly connect: ConnectSocket = (url, handlers) => {
    const socket = new FakeSocket(url, handlers);
    this.all.push(socket);
    return {
      send: (text) => socket.sent.push(JSON.parse(text) as ClientMessage),
      ping: () => {
        socket.pings += 1;
      },
      close: () => {
        socket.ended = 'closed';
      },
      terminate: () => {
        socket.ended ??= 'terminated';
      },
    };
  };

  /** The one dialled last. */
  get last(): FakeSocket {
    const socket = this.all.at(-1);
    if (socket === undefined) {
      throw new Error('nothing was dialled');
    }
    return socket;
  }
}
