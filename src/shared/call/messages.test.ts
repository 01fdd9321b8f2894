import { expect, it } from 'vitest';
import { limits } from '../protocol/limits.ts';
import { callEnvelopeSchema } from './messages.ts';

const description = { type: 'offer', sdp: 'x'.repeat(32_000) };
const envelope = {
  v: 1,
  from: '0000000000000000000000000'.replace(/0$/, '1'),
  to: '0000000000000000000000000',
  callId: 'A'.repeat(22),
  seq: Number.MAX_SAFE_INTEGER,
  sentAt: Date.now(),
  body: { type: 'description', generation: 1_000_000, description },
};

it('the largest description still fits into one frame after sealing', () => {
  // crypto_box adds a 24-byte nonce and a 16-byte tag; base64url makes 4 characters of 3 bytes. SDP is ASCII
  // and its line ends double in JSON: a thirtieth of the text is generous.
  const plain = JSON.stringify(envelope).length * (1 + 1 / 30);
  expect(((plain + 40) * 4) / 3).toBeLessThan(limits.boxChars);
});

it('a body of an unknown type is refused', () => {
  expect(callEnvelopeSchema.safeParse({ ...envelope, body: { type: 'reboot' } }).success).toBe(false);
});
