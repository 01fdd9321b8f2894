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

/** A listener as `on` wants it: the socket it is called on is the one it was added to. */
type Bound<F extends (this: ServerSocket, ...args: never[]) => void> = (
  this: WebSocket,
  ...args: Parameters<F>
) => void;

/**
 * A WebSocket that knows its one listener: five event listeners per socket that close over it would be a
 * good part of what an idle connection costs.
 */
export class ServerSocket extends WebSocket {
  listener: SocketListener | undefined;
  stream: Duplex | undefined;

  listen(listener: SocketListener, stream: Duplex): void {
    this.listener = listener;
    this.stream = stream;
    this.on('error', failed as Bound<typeof failed>);
    this.on('message', received as Bound<typeof received>);
    this.on('ping', pinged as Bound<typeof pinged>);
    this.on('pong', ponged as Bound<typeof ponged>);
    this.on('close', closed as Bound<typeof closed>);
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

function received(this: ServerSocket, data: RawData, isBinary: boolean): void {
  this.listener?.received(data, isBinary);
}

function pinged(this: ServerSocket): void {
  this.listener?.pinged();
}

function ponged(this: ServerSocket): void {
  this.listener?.ponged();
}

function failed(this: ServerSocket): void {
  this.listener?.failed();
}

function closed(this: ServerSocket, code: number): void {
  this.listener?.closed(code);
}
