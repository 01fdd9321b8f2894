import sodium from 'libsodium-wrappers-sumo';
import { z } from 'zod';
import { deviceEnvelopeSchema, type DeviceEnvelope } from '#shared/call/deviceMessages.ts';
import { callEnvelopeSchema, type CallEnvelope } from '#shared/call/messages.ts';
import { limits } from '#shared/protocol/limits.ts';
import { fail, ok, type Failure, type Result } from '#shared/result.ts';
import { fromBase64url, toBase64url, type KeyPair, type PublicKey } from '../identity/keys.ts';

/** libsodium crypto_box (X25519, XSalsa20-Poly1305): 24 bytes of nonce, then 16 of tag and the text. */
const nonceBytes = 24;
const tagBytes = 16;

/** The part of a box that is different in every box ever made: its nonce, exactly 32 characters. */
export const boxMark = (box: string): string => box.slice(0, (nonceBytes * 4) / 3);

export type OpenProblem = 'unopened' | 'invalid';

/** What may be in a box; only the one between devices has a `kind`. */
export type Envelope = CallEnvelope | DeviceEnvelope;

const marked = z.object({ kind: z.unknown() });

/**
 * Seals messages so that only the recipient reads them and only the sender can have made them. The
 * Ed25519 keys of the identities are converted to X25519. A box is base64url(nonce || ciphertext).
 */
export class Sealer {
  readonly #privateKey: Uint8Array;

  constructor(options: { readonly keys: KeyPair }) {
    this.#privateKey = sodium.crypto_sign_ed25519_sk_to_curve25519(options.keys.privateKey);
  }

  seal(envelope: Envelope, recipient: PublicKey): Result<string> {
    const nonce = sodium.randombytes_buf(nonceBytes);
    let sealed: Uint8Array;
    try {
      const key = sodium.crypto_sign_ed25519_pk_to_curve25519(recipient);
      sealed = sodium.crypto_box_easy(JSON.stringify(envelope), nonce, key, this.#privateKey);
    } catch {
      return fail('SEAL_FAILED', 'the key of the recipient is not usable');
    }
    const box = toBase64url(Buffer.concat([nonce, sealed]));
    return box.length > limits.boxChars ? fail('SEAL_FAILED', 'the message is too large') : ok(box);
  }

  /** `unopened`: not from this sender, not for us, or damaged; `invalid`: opened, but no message. */
  open(box: string, sender: PublicKey): Result<Envelope, Failure<OpenProblem>> {
    const bytes = fromBase64url(box);
    if (bytes.byteLength < nonceBytes + tagBytes) {
      return fail('unopened', 'too short');
    }
    let text: string;
    try {
      const key = sodium.crypto_sign_ed25519_pk_to_curve25519(sender);
      const [nonce, sealed] = [bytes.subarray(0, nonceBytes), bytes.subarray(nonceBytes)];
      text = sodium.crypto_box_open_easy(sealed, nonce, key, this.#privateKey, 'text');
    } catch {
      return fail('unopened', 'the box does not open');
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return fail('invalid', 'not JSON');
    }
    const schema = marked.safeParse(json).success ? deviceEnvelopeSchema : callEnvelopeSchema;
    const parsed = schema.safeParse(json);
    return parsed.success
      ? ok(parsed.data)
      : fail('invalid', parsed.error.issues[0]?.path.join('.') ?? 'not a message');
  }
}
