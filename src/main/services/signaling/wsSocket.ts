import { WebSocket, type RawData } from 'ws';
import type { ErrorCode } from '#shared/errors.ts';
import { limits } from '#shared/protocol/limits.ts';
import { subprotocol } from '#shared/protocol/version.ts';
import { errorCode } from '../storage/JsonFile.ts';
import type { ConnectSocket, SocketEnd } from './Socket.ts';

/** TCP, TLS and the upgrade together, milliseconds. */
const openTimeoutMs = 10_000;

/** How long a polite close may take before the socket is dropped, milliseconds. */
const closeTimeoutMs = 1_000;

const certificateErrors =
  /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET)|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;

/** What a failure of `ws`, TLS, DNS or TCP means to a person. */
export function failureReason(error: Error): ErrorCode {
  const code = errorCode(error) ?? '';
  if (certificateErrors.test(code)) {
    return 'SIGNALING_BAD_CERTIFICATE';
  }
  if (code.startsWith('WS_ERR_')) {
    return 'SIGNALING_PROTOCOL';
  }
  if (code === 'ETIMEDOUT' || error.message === 'Opening handshake has timed out') {
    return 'SIGNALING_TIMEOUT';
  }
  const status = /^Unexpected server response: (\d{3})$/.exec(error.message)?.[1];
  if (status !== undefined) {
    return statusReasons[status] ?? 'SIGNALING_REFUSED';
  }
  // ws: the server chose no subprotocol, or one that was not offered.
  if (error.message.includes('subprotocol')) {
    return 'SIGNALING_VERSION';
  }
  if (/^ERR_SSL_|^EPROTO$/.test(code) || error.message.startsWith('Invalid ')) {
    return 'SIGNALING_REFUSED';
  }
  return 'SIGNALING_OFFLINE';
}

const statusReasons: Readonly<Record<string, ErrorCode>> = {
  '426': 'SIGNALING_VERSION',
  '429': 'SIGNALING_RATE_LIMITED',
  '502': 'SIGNALING_OFFLINE',
  '503': 'SIGNALING_OFFLINE',
  '504': 'SIGNALING_TIMEOUT',
};

/** A WebSocket of the `ws` package. Certificates are always checked. */
export const connectWs: ConnectSocket = (url, handlers) => {
  let end: SocketEnd | undefined;
  const socket = new WebSocket(url, subprotocol, {
    handshakeTimeout: openTimeoutMs,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
    followRedirects: false,
  });
  socket.on('error', (error) => {
    end ??= { kind: 'failed', reason: failureReason(error), message: error.message };
  });
  socket.on('close', (code) => handlers.closed(end ?? { kind: 'closed', code }));
  socket.on('open', handlers.opened);
  socket.on('ping', handlers.alive);
  socket.on('pong', handlers.alive);
  socket.on('message', (data, binary) => handlers.frame(toBytes(data), binary));
  return {
    send: (text) => socket.send(text),
    ping: () => socket.ping(),
    close: () => {
      socket.close(1000);
      setTimeout(() => socket.terminate(), closeTimeoutMs).unref();
    },
    terminate: () => socket.terminate(),
  };
};

function toBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) {
    return Buffer.concat(data);
  }
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
