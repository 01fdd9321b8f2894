import type { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';

/** Hears what happens to one socket. */
export interface SocketListener {
  received(data: RawData, isBinary: boolean): void;
  pinged(): void;
  ponged(): void;
  failed(): void;
  closed(code: number): void;
}

/**
 * A WebSocket that knows its one listener and calls it itself: a table of event listeners per socket would be a
 * good part of what an idle connection costs, and looking into it a part of what a message costs.
 */
export class ServerSocket extends WebSocket {
  listener: SocketListener | undefined;
  stream: Duplex | undefined;

  listen(listener: SocketListener, stream: Duplex): void {
    this.listener = listener;
    this.stream = stream;
  }

  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const { listener } = this;
    if (listener === undefined) {
      return super.emit(event, first, second);
    }
    switch (event) {
      case 'message':
        listener.received(first as RawData, second === true);
        break;
      case 'ping':
        listener.pinged();
        break;
      case 'pong':
        listener.ponged();
        break;
      case 'error':
        listener.failed();
        break;
      case 'close':
        listener.closed(first as number);
        break;
      default:
    }
    return true;
  }

  /**
   * Writes frames made by `encodeTextFrames` in one piece. `send` would hand the system a header and a payload
   * for each: more work than everything that this server does with a message. Without extensions a frame
   * depends on nothing before it, so these and the control frames of ws share the stream freely.
   */
  writeFrames(frames: Buffer): void {
    this.stream?.write(frames);
  }

  /** Bytes that the system has not taken yet. */
  get backlog(): number {
    return this.stream?.writableLength ?? 0;
  }
}
