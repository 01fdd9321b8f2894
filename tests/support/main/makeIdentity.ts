import { randomBytes } from 'node:crypto';
import { deviceIdSchema } from '#shared/identity/ids.ts';
import type { Identity } from '../../../src/main/services/identity/IdentityStore.ts';
import { createKeyPair, cryptoReady, peerIdOf } from '../../../src/main/services/identity/keys.ts';

/** A new person with one device. */
export async function makeIdentity(): Promise<Identity> {
  await cryptoReady;
  const keys = createKeyPair();
  return {
    id: peerIdOf(keys.publicKey),
    deviceId: deviceIdSchema.parse(randomBytes(16).toString('base64url')),
    keys,
    keyProtected: false,
    created: true,
  };
}
