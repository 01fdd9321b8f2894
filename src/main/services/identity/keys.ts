import { createHash } from 'node:crypto';
import sodium from 'libsodium-wrappers-sumo';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';

/** 32 bytes. */
export type PublicKey = Uint8Array;

export interface KeyPair {
  readonly publicKey: PublicKey;
  /** 64 bytes: seed and public key, as libsodium keeps it. */
  readonly privateKey: Uint8Array;
}

/** libsodium is WebAssembly; nothing in this folder works before this has resolved. */
export const cryptoReady: Promise<void> = sodium.ready;

export const createKeyPair = (): KeyPair => {
  const { publicKey, privateKey } = sodium.crypto_sign_keypair();
  return { publicKey, privateKey };
};

/** The pair that grows from a 32-byte seed. */
export const keyPairFromSeed = (seed: Uint8Array): KeyPair => {
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  return { publicKey, privateKey };
};

export const seedOf = (pair: KeyPair): Uint8Array => pair.privateKey.slice(0, 32);

export const sign = (text: string, pair: KeyPair): Uint8Array =>
  sodium.crypto_sign_detached(text, pair.privateKey);

/** The id is the hash of the key: whoever knows the id can check the key. */
export const peerIdOf = (publicKey: PublicKey): PeerId =>
  peerIdFromDigest(createHash('sha256').update(publicKey).digest());

export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

export const fromBase64url = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
