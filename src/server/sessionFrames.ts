import { z } from 'zod';
import { limits } from '#shared/protocol/limits.ts';
import { sessionMessageSchema } from '#shared/protocol/messages.ts';

const scratch = Buffer.allocUnsafeSlow(limits.boxChars);
const base64url = /^[A-Za-z0-9_-]+$/;

/**
 * Whether a text is base64url without padding. Decoding and encoding it again is done with vector instructions,
 * in a quarter of the time of the expression, which would be the dearest thing that happens to a box. What comes
 * back unchanged is good; about the rest the expression decides.
 */
export function isBase64url(text: string): boolean {
  if (text.length === 0 || text.length > limits.boxChars) {
    return false;
  }
  const size = scratch.write(text, 'base64url');
  return scratch.toString('base64url', 0, size) === text || base64url.test(text);
}

const [send, ...others] = sessionMessageSchema.options;
const box = z.custom<string>((value) => typeof value === 'string' && isBase64url(value), 'not a box');

/** Accepts what `sessionMessageSchema` accepts, and nothing else; a test compares the two. */
export const sessionFrameSchema = z.discriminatedUnion('type', [send.extend({ box }), ...others]);
