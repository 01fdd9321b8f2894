import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './codec.ts';
import { limits } from './limits.ts';
import { clientMessageSchema, serverMessageSchema, type ClientMessage } from './messages.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const hello = {
  type: 'hello',
  publicKey: 'A'.repeat(43),
  deviceId: 'B'.repeat(22),
} as unknown as ClientMessage;

const codeOf = (frame: Uint8Array) => {
  const decoded = decodeFrame(frame, clientMessageSchema);
  return decoded.ok ? 'ok' : decoded.error.code;
};

describe('a frame', () => {
  it('comes back as the message it was made from', () => {
    expect(decodeFrame(bytes(encodeFrame(hello)), clientMessageSchema)).toEqual({ ok: true, value: hello });
  });

  it('loses fields that the protocol does not know', () => {
    const frame = bytes(JSON.stringify({ ...hello, admin: true, __proto__: { polluted: true } }));
    expect(decodeFrame(frame, clientMessageSchema)).toEqual({ ok: true, value: hello });
  });

  it.each([
    ['over the size limit', new Uint8Array(limits.frameBytes + 1), 'FRAME_TOO_LARGE'],
    ['that is not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'FRAME_NOT_UTF8'],
    ['that is not JSON', bytes('{"type":'), 'FRAME_NOT_JSON'],
    ['of an unknown type', bytes('{"type":"sudo"}'), 'FRAME_INVALID'],
    ['nested thousands deep', bytes('['.repeat(30_000) + ']'.repeat(30_000)), 'FRAME_INVALID'],
    ['with a number for a key', bytes(JSON.stringify({ ...hello, publicKey: 7 })), 'FRAME_INVALID'],
    ['that is null', bytes('null'), 'FRAME_INVALID'],
  ])('%s is refused with a code', (_what, frame, code) => {
    expect(codeOf(frame)).toBe(code);
  });

  it('of any bytes never makes the decoder throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (frame) => {
        decodeFrame(frame, clientMessageSchema);
        decodeFrame(frame, serverMessageSchema);
      }),
      { numRuns: 5_000 },
    );
  });
});
