import type { ErrorCode } from '#shared/errors.ts';
import { closeCodes, closeReason, type CloseReason, type RetryAdvice } from '#shared/protocol/closeCodes.ts';
import type { SocketEnd } from './Socket.ts';

export interface Loss {
  readonly reason: ErrorCode;
  readonly advice: RetryAdvice;
}

const reasons: Readonly<Record<CloseReason, ErrorCode>> = {
  badFrame: 'SIGNALING_PROTOCOL',
  authFailed: 'SIGNALING_AUTH_FAILED',
  audienceRefused: 'SIGNALING_AUDIENCE_REFUSED',
  handshakeTimeout: 'SIGNALING_TIMEOUT',
  replaced: 'SIGNALING_REPLACED',
  signedOut: 'SIGNALING_SIGNED_OUT',
  versionUnsupported: 'SIGNALING_VERSION',
  rateLimited: 'SIGNALING_RATE_LIMITED',
  tooManyConnections: 'SIGNALING_RATE_LIMITED',
  goingAway: 'SIGNALING_OFFLINE',
  slowReader: 'SIGNALING_OFFLINE',
  internal: 'SIGNALING_OFFLINE',
};

/** RFC 6455 section 7.4.1: protocol error, unacceptable data, invalid payload, policy, too big. */
const protocolCloses: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009]);

/** What the end of a socket means: the reason that a person reads, and when to try again. */
export function lossOf(end: SocketEnd): Loss {
  if (end.kind === 'failed') {
    // A server of another version stays one; everything else may get better by itself.
    return { reason: end.reason, advice: end.reason === 'SIGNALING_VERSION' ? 'never' : 'backoff' };
  }
  const named = closeReason(end.code);
  if (named !== undefined) {
    return { reason: reasons[named], advice: closeCodes[named].retry };
  }
  return {
    reason: protocolCloses.has(end.code) ? 'SIGNALING_PROTOCOL' : 'SIGNALING_OFFLINE',
    advice: 'backoff',
  };
}
