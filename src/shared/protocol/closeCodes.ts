/** What a client does after the server closed with a code. */
export type RetryAdvice =
  /** Nothing will change by itself; tell the person. */
  | 'never'
  /** At once; the server is going away on purpose and another may take over. */
  | 'now'
  /** With growing, jittered delays. */
  | 'backoff';

interface CloseCode {
  readonly code: number;
  readonly retry: RetryAdvice;
}

/** WebSocket close codes of the server, in the private range of RFC 6455 section 7.4.2. */
export const closeCodes = {
  /** A frame that is not a message of this protocol, or a message out of turn. */
  badFrame: { code: 4400, retry: 'never' },
  /** The signature does not verify. */
  authFailed: { code: 4401, retry: 'never' },
  /** The client named an audience that is not a name of this server. */
  audienceRefused: { code: 4403, retry: 'never' },
  /** Not authenticated within the time allowed. */
  handshakeTimeout: { code: 4408, retry: 'backoff' },
  /** The same device connected again; the newer connection holds the session. */
  replaced: { code: 4409, retry: 'never' },
  /** Another device of the same id signed this one out. */
  signedOut: { code: 4410, retry: 'never' },
  /** The subprotocol offered is not spoken here. */
  versionUnsupported: { code: 4426, retry: 'never' },
  /** More messages per second than allowed, for longer than the burst. */
  rateLimited: { code: 4429, retry: 'backoff' },
  /** Too many connections, from this address or in all. */
  tooManyConnections: { code: 4430, retry: 'backoff' },
  /** The server is shutting down. */
  goingAway: { code: 4503, retry: 'now' },
  /** The client did not read fast enough and its backlog passed the limit. */
  slowReader: { code: 4504, retry: 'backoff' },
  /** Something inside the server failed (its backplane, for example). */
  internal: { code: 4500, retry: 'backoff' },
} as const satisfies Record<string, CloseCode>;

export type CloseReason = keyof typeof closeCodes;

const reasonsByCode = new Map<number, CloseReason>(
  Object.entries(closeCodes).map(([reason, { code }]) => [code, reason as CloseReason]),
);

/** The named reason of a close code, or undefined for codes that are not ours (1006, 1001, ...). */
export const closeReason = (code: number): CloseReason | undefined => reasonsByCode.get(code);
