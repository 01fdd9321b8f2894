import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '#shared/protocol/limits.ts';
import { sessionMessageSchema } from '#shared/protocol/messages.ts';
import { isBase64url, sessionFrameSchema } from './sessionFrames.ts';

const fitting = fc.stringMatching(/^[A-Za-z0-9_-]{0,40}$/);
const stray = fc.oneof(
  fc.constantFrom(
    '+',
    '/',
    '=',
    ' ',
    '\n',
    '\r',
    '\t',
    '"',
    '\\',
    '\0',
    'é',
    '\u0142',
    '\u2028',
    '\u{1F600}',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
);
/** Good text with up to three strays in it, at any place. */
const nearly = fc
  .tuple(fitting, fc.array(fc.tuple(fc.nat({ max: 40 }), stray), { maxLength: 3 }))
  .map(([text, strays]) =>
    strays.reduce((result, [at, piece]) => result.slice(0, at) + piece + result.slice(at), text),
  );

const send = (box: unknown) => ({
  type: 'send',
  ref: 'r',
  to: 'AS3NN9TMCD3MR0M5VXEVYAYAE',
  box,
  ttl: 30,
});

test('a text is base64url to the server exactly when it is to the expression', () => {
  fc.assert(
    fc.property(fc.oneof(fitting, nearly), (text) => {
      expect(isBase64url(text)).toBe(/^[A-Za-z0-9_-]+$/.test(text));
    }),
    { numRuns: 20_000 },
  );
});

test('a send is read exactly as the shared schema reads it', () => {
  fc.assert(
    fc.property(fc.oneof(fitting, nearly, fc.jsonValue()), (box) => {
      const [own, shared] = [sessionFrameSchema, sessionMessageSchema].map((schema) =>
        schema.safeParse(send(box)),
      );
      expect(own?.success).toBe(shared?.success);
      expect(own?.data).toEqual(shared?.data);
    }),
    { numRuns: 2_000 },
  );
});

test.each([0, 1, 2, 3, 4, 5, limits.boxChars - 1, limits.boxChars, limits.boxChars + 1])(
  'a box of %i characters is judged as by the shared schema',
  (length) => {
    const message = send('x'.repeat(length));
    expect(sessionFrameSchema.safeParse(message).success).toBe(
      sessionMessageSchema.safeParse(message).success,
    );
  },
);
