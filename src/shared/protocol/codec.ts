import type { z } from 'zod';
import { fail, ok, type Failure, type Result } from '../result.ts';
import { limits } from './limits.ts';
import type { ClientMessage, ServerMessage } from './messages.ts';

export type FrameProblem = 'FRAME_TOO_LARGE' | 'FRAME_NOT_UTF8' | 'FRAME_NOT_JSON' | 'FRAME_INVALID';

// Present in browsers and Node alike; this layer has the types of neither.
declare class TextDecoder {
  constructor(encoding: 'utf-8', options: { readonly fatal: boolean });
  decode(bytes: Uint8Array): string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Bytes of one text frame to a message of `schema`. Never throws, whatever the bytes: size, encoding, JSON
 * and form are checked in that order, and unknown fields are dropped.
 */
export function decodeFrame<T>(bytes: Uint8Array, schema: z.ZodType<T>): Result<T, Failure<FrameProblem>> {
  if (bytes.byteLength > limits.frameBytes) {
    return fail('FRAME_TOO_LARGE', `${bytes.byteLength} bytes, at most ${limits.frameBytes}`);
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return fail('FRAME_NOT_UTF8', 'the frame is not UTF-8');
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail('FRAME_NOT_JSON', 'the frame is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return fail('FRAME_INVALID', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
  }
  return ok(parsed.data);
}

/** One message as the text of one frame. */
export const encodeFrame = (message: ClientMessage | ServerMessage): string => JSON.stringify(message);
