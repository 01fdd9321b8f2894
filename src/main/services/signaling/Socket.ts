import type { ErrorCode } from '#shared/errors.ts';

export type SocketEnd =
  /** A WebSocket close code; 1006 when the other side just vanished. */
  | { readonly kind: 'closed'; readonly code: number }
  /** It never opened, or broke a rule of WebSocket. `message` is for the log. */
  | { readonly kind: 'failed'; readonly reason: ErrorCode; readonly message: string };

export interface SocketHandlers {
  readonly opened: () => void;
  readonly frame: (bytes: Uint8Array, binary: boolean) => void;
  /** A ping or pong arrived. */
  readonly alive: () => void;
  /** Called exactly once, and nothing after it. */
  readonly closed: (end: SocketEnd) => void;
}

/** One WebSocket as the signaling client sees it. */
export interface Socket {
  send(text: string): void;
  ping(): void;
  /** Says goodbye and goes, whether the other side answers or not. */
  close(): void;
  /** Drops it at once. */
  terminate(): void;
}

/** Starts a connection; failures arrive through `closed`, also those of the address. */
export type ConnectSocket = (url: string, handlers: SocketHandlers) => Socket;
