import { describe, expect, it } from 'vitest';
import { closeCodes } from '#shared/protocol/closeCodes.ts';
import { lossOf } from './closeMeaning.ts';
import { failureReason } from './wsSocket.ts';

describe('lossOf', () => {
  it.each([
    [4401, 'SIGNALING_AUTH_FAILED', 'never'],
    [4403, 'SIGNALING_AUDIENCE_REFUSED', 'never'],
    [4409, 'SIGNALING_REPLACED', 'never'],
    [4426, 'SIGNALING_VERSION', 'never'],
    [4429, 'SIGNALING_RATE_LIMITED', 'backoff'],
    [4503, 'SIGNALING_OFFLINE', 'now'],
    [1006, 'SIGNALING_OFFLINE', 'backoff'],
    [1001, 'SIGNALING_OFFLINE', 'backoff'],
    [1009, 'SIGNALING_PROTOCOL', 'backoff'],
    [4999, 'SIGNALING_OFFLINE', 'backoff'],
  ])('close code %i means %s, retry %s', (code, reason, advice) => {
    expect(lossOf({ kind: 'closed', code })).toEqual({ reason, advice });
  });

  it('follows the advice of every close code of the protocol', () => {
    for (const { code, retry } of Object.values(closeCodes)) {
      expect(lossOf({ kind: 'closed', code }).advice).toBe(retry);
    }
  });

  it('tries again after a failure that may go away', () => {
    expect(lossOf({ kind: 'failed', reason: 'SIGNALING_BAD_CERTIFICATE', message: '' }).advice).toBe(
      'backoff',
    );
  });
});

const coded = (code: string, message = '') => Object.assign(new Error(message), { code });

describe('failureReason', () => {
  it.each([
    [coded('ECONNREFUSED'), 'SIGNALING_OFFLINE'],
    [coded('ENOTFOUND'), 'SIGNALING_OFFLINE'],
    [coded('EHOSTUNREACH'), 'SIGNALING_OFFLINE'],
    [coded('ETIMEDOUT'), 'SIGNALING_TIMEOUT'],
    [new Error('Opening handshake has timed out'), 'SIGNALING_TIMEOUT'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'SIGNALING_BAD_CERTIFICATE'],
    [coded('CERT_HAS_EXPIRED'), 'SIGNALING_BAD_CERTIFICATE'],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'SIGNALING_BAD_CERTIFICATE'],
    [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'SIGNALING_BAD_CERTIFICATE'],
    [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'SIGNALING_REFUSED'],
    [coded('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'), 'SIGNALING_PROTOCOL'],
    [coded('WS_ERR_INVALID_UTF8'), 'SIGNALING_PROTOCOL'],
    [new Error('Unexpected server response: 404'), 'SIGNALING_REFUSED'],
    [new Error('Unexpected server response: 426'), 'SIGNALING_VERSION'],
    [new Error('Unexpected server response: 503'), 'SIGNALING_OFFLINE'],
    [new Error('Server sent no subprotocol'), 'SIGNALING_VERSION'],
  ])('%o means %s', (error, reason) => {
    expect(failureReason(error)).toBe(reason);
  });
});
