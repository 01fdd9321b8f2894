import { hash, verify } from 'node:crypto';
import type { DeviceId } from '#shared/identity/ids.ts';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import { authText } from '#shared/protocol/auth.ts';

export interface KeyOwner {
  readonly id: PeerId;
  /** 32 bytes in base64url; one spelling per key. */
  readonly publicKey: string;
}

/** SubjectPublicKeyInfo of Ed25519 up to the 32 bytes of the key (RFC 8410 section 4). */
const ed25519Spki = Buffer.from('302a300506032b6570032100', 'hex');

/** The id that belongs to a key: nobody can claim another's, because it is never claimed. */
export function keyOwner(publicKey: string): KeyOwner {
  const bytes = Buffer.from(publicKey, 'base64url');
  const id = peerIdFromDigest(hash('sha256', bytes, 'buffer'));
  return {
    // Copied into one piece: V8 keeps a string that was put together digit by digit as a chain of small
    // pieces, 400 bytes of them, for as long as the session lives.
    id: Buffer.from(id, 'latin1').toString('latin1') as PeerId,
    publicKey: bytes.toString('base64url'),
  };
}

export interface Login {
  readonly publicKey: string;
  readonly signature: string;
  readonly nonce: string;
  readonly audience: string;
  readonly deviceId: DeviceId;
}

/**
 * Ed25519 (RFC 8032) over the login text. Runs on the thread pool: a crowd of logins must not hold up the
 * calls of those who are in. A key that is no key verifies nothing.
 */
export async function verifyLogin(login: Login): Promise<boolean> {
  const { publicKey, signature, nonce, audience, deviceId } = login;
  return new Promise((resolve) => {
    try {
      // Not a KeyObject: its native part would stay until garbage is collected, thousands of them in a crowd.
      const der = Buffer.concat([ed25519Spki, Buffer.from(publicKey, 'base64url')]);
      const key = { key: der, format: 'der', type: 'spki' } as const;
      const text = Buffer.from(authText({ nonce, audience, deviceId }));
      verify(null, text, key, Buffer.from(signature, 'base64url'), (error, valid) => {
        resolve(error === null && valid);
      });
    } catch {
      resolve(false);
    }
  });
}
