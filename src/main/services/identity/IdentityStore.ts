import { randomBytes } from 'node:crypto';
import { constants, copyFile, open, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import sodium from 'libsodium-wrappers-sumo';
import { z } from 'zod';
import { deviceIdSchema, type DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { publicKeySchema } from '#shared/protocol/messages.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { errorCode, writeAtomically } from '../storage/JsonFile.ts';
import type { Cipher } from './cipher.ts';
import {
  createKeyPair,
  cryptoReady,
  fromBase64url,
  keyPairFromSeed,
  peerIdOf,
  seedOf,
  toBase64url,
  type KeyPair,
} from './keys.ts';

export interface Identity {
  readonly id: PeerId;
  readonly deviceId: DeviceId;
  readonly keys: KeyPair;
  /** Whether a keychain of the system protects the key file. */
  readonly keyProtected: boolean;
  /** Made by this start. */
  readonly created: boolean;
}

const seedBytes = 32;

const fileSchema = z.object({
  version: z.literal(1),
  publicKey: publicKeySchema,
  deviceId: deviceIdSchema,
  /** `cipher`: `secret` is encrypted by the system's keychain; `none`: it is the seed itself. */
  protection: z.enum(['cipher', 'none']),
  secret: z.string().min(1).max(4_096),
});

type IdentityFile = z.infer<typeof fileSchema>;

/**
 * The key pair of this profile: made on the first start, kept for ever. A file that is there but cannot be
 * read is an error and stays untouched: making a new identity in its place would throw the person's id away.
 */
export class IdentityStore {
  readonly #path: string;
  readonly #cipher: Cipher;
  readonly #logger: Logger;

  constructor(options: { readonly path: string; readonly cipher: Cipher; readonly logger: Logger }) {
    this.#path = options.path;
    this.#cipher = options.cipher;
    this.#logger = options.logger;
  }

  /** Fails with IDENTITY_UNREADABLE or IDENTITY_WRITE_FAILED. */
  async open(): Promise<Result<Identity>> {
    await cryptoReady;
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      return errorCode(error) === 'ENOENT'
        ? this.#create()
        : fail('IDENTITY_UNREADABLE', `the file cannot be read: ${errorCode(error) ?? 'unknown'}`);
    }
    const file = parse(text);
    if (file === undefined) {
      return fail('IDENTITY_UNREADABLE', 'the file is not an identity');
    }
    return this.#unlock(file);
  }

  /**
   * Puts the identity that grows from `seed` in the place of the present one, with a new device id; it counts
   * from the next start on. The present file is kept beside it under a name with the date. The value is that
   * name. Fails with IDENTITY_WRITE_FAILED; then the present identity is still in its place.
   *
   * `at`: now, milliseconds since the epoch.
   */
  async replace(seed: Uint8Array, at: number): Promise<Result<string>> {
    await cryptoReady;
    const stamp = new Date(at).toISOString().replace(/[:.]/g, '-');
    const keptAs = `${basename(this.#path)}.replaced-${stamp}`;
    try {
      await copySafely(this.#path, join(dirname(this.#path), keptAs));
    } catch (error) {
      return fail('IDENTITY_WRITE_FAILED', `the old file is not kept: ${errorCode(error) ?? 'unknown'}`);
    }
    const keys = keyPairFromSeed(seed);
    const written = await this.#write(keys, newDeviceId());
    sodium.memzero(keys.privateKey);
    if (!written.ok) {
      return written;
    }
    this.#logger.info('identity replaced', { keptAs, keyProtected: written.value });
    return ok(keptAs);
  }

  async #unlock(file: IdentityFile): Promise<Result<Identity>> {
    const keys = await this.#keysFrom(file);
    if (keys === undefined) {
      return fail('IDENTITY_UNREADABLE', 'the keychain does not open the key');
    }
    if (toBase64url(keys.publicKey) !== file.publicKey) {
      return fail('IDENTITY_UNREADABLE', 'the key in the file is damaged');
    }
    const identity = { id: peerIdOf(keys.publicKey), deviceId: file.deviceId, keys, created: false };
    if (file.protection === 'none' && this.#cipher.protects) {
      // The system has a keychain now. Failing to move is no reason not to start.
      const moved = await this.#write(keys, file.deviceId);
      return ok({ ...identity, keyProtected: moved.ok && moved.value });
    }
    return ok({ ...identity, keyProtected: file.protection === 'cipher' });
  }

  async #keysFrom(file: IdentityFile): Promise<KeyPair | undefined> {
    try {
      const secret = fromBase64url(file.secret);
      const seed = file.protection === 'none' ? secret : fromBase64url(await this.#cipher.decrypt(secret));
      return seed.byteLength === seedBytes ? keyPairFromSeed(seed) : undefined;
    } catch (error) {
      this.#logger.warn('key not decrypted', { cause: error instanceof Error ? error.name : 'unknown' });
      return undefined;
    }
  }

  async #create(): Promise<Result<Identity>> {
    const keys = createKeyPair();
    const deviceId = newDeviceId();
    const written = await this.#write(keys, deviceId);
    if (!written.ok) {
      return written;
    }
    this.#logger.info('identity created', { keyProtected: written.value });
    return ok({ id: peerIdOf(keys.publicKey), deviceId, keys, keyProtected: written.value, created: true });
  }

  /** The value says whether a keychain protects what was written. */
  async #write(keys: KeyPair, deviceId: DeviceId): Promise<Result<boolean>> {
    const secret = await this.#protect(toBase64url(seedOf(keys)));
    const file: IdentityFile = {
      version: 1,
      publicKey: toBase64url(keys.publicKey),
      deviceId,
      ...secret,
    };
    const written = await writeAtomically(this.#path, `${JSON.stringify(file, null, 2)}\n`);
    return written.ok ? ok(secret.protection === 'cipher') : fail('IDENTITY_WRITE_FAILED', written.error);
  }

  async #protect(seed: string): Promise<Pick<IdentityFile, 'protection' | 'secret'>> {
    if (this.#cipher.protects) {
      try {
        return { protection: 'cipher', secret: toBase64url(await this.#cipher.encrypt(seed)) };
      } catch (error) {
        // A keychain that is there but refuses (locked, cancelled): the person is told by `keyProtected`.
        this.#logger.warn('keychain refused', { cause: error instanceof Error ? error.name : 'unknown' });
      }
    }
    return { protection: 'none', secret: seed };
  }
}

const newDeviceId = (): DeviceId => deviceIdSchema.parse(randomBytes(16).toString('base64url'));

/** On the disk before it returns: what it copies is about to be replaced. */
async function copySafely(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL);
  const copy = await open(to, 'r+');
  try {
    await copy.sync();
  } finally {
    await copy.close();
  }
}

function parse(text: string): IdentityFile | undefined {
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
