import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePeerId } from '#shared/identity/peerId.ts';
import { FakeCipher } from '#tests/support/main/FakeCipher.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import type { Cipher } from './cipher.ts';
import { IdentityStore, type Identity } from './IdentityStore.ts';
import { keyPairFromSeed, peerIdOf, toBase64url } from './keys.ts';

async function makeProfile() {
  const path = join(await tempFolder(), 'profile', 'identity.json');
  const store = (cipher: Cipher = new FakeCipher()) =>
    new IdentityStore({ path, cipher, logger: testLogger().logger });
  const open = async (cipher?: Cipher) => store(cipher).open();
  const opened = async (cipher?: Cipher): Promise<Identity> => {
    const result = await open(cipher);
    if (!result.ok) {
      throw new Error(result.error.message);
    }
    return result.value;
  };
  return { path, store, open, opened };
}

describe('IdentityStore', () => {
  it('makes an identity once and finds the same one at every later start', async () => {
    const { opened } = await makeProfile();
    const first = await opened();
    const second = await opened();
    expect(first.created).toBe(true);
    expect(second).toEqual({ ...first, created: false });
    expect(parsePeerId(first.id)).toEqual({ ok: true, value: first.id });
  });

  it('keeps the secret out of the file where the system has a keychain', async () => {
    const { path, opened } = await makeProfile();
    const { keys, keyProtected } = await opened();
    expect(keyProtected).toBe(true);
    expect(await readFile(path, 'utf8')).not.toContain(toBase64url(keys.privateKey.slice(0, 32)));
  });

  it('says so where there is no keychain, and protects the file by its mode', async () => {
    const { path, opened } = await makeProfile();
    const { keyProtected } = await opened(new FakeCipher({ protects: false }));
    expect(keyProtected).toBe(false);
    if (process.platform !== 'win32') {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  it('moves an unprotected key into a keychain that appears later', async () => {
    const { opened } = await makeProfile();
    const before = await opened(new FakeCipher({ protects: false }));
    expect(await opened()).toEqual({ ...before, keyProtected: true, created: false });
    expect(await opened()).toEqual({ ...before, keyProtected: true, created: false });
  });

  it('goes on unprotected when the keychain refuses to encrypt', async () => {
    const { opened } = await makeProfile();
    const locked: Cipher = {
      protects: true,
      encrypt: async () => Promise.reject(new Error('locked')),
      decrypt: async () => Promise.reject(new Error('locked')),
    };
    expect(await opened(locked)).toMatchObject({ keyProtected: false });
  });

  it.each(['', '{', '{"version": 2}', '[]', '\0'])(
    'reports the damaged file %j and leaves it alone',
    async (text) => {
      const { path, open } = await makeProfile();
      await mkdir(join(path, '..'));
      await writeFile(path, text);
      expect(await open()).toMatchObject({ ok: false, error: { code: 'IDENTITY_UNREADABLE' } });
      expect(await readFile(path, 'utf8')).toBe(text);
    },
  );

  it('reports a key that the keychain does not open and leaves it alone', async () => {
    const { path, open, opened } = await makeProfile();
    await opened(new FakeCipher({ password: 'old' }));
    const text = await readFile(path, 'utf8');
    expect(await open(new FakeCipher({ password: 'new' }))).toMatchObject({
      ok: false,
      error: { code: 'IDENTITY_UNREADABLE' },
    });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('reports a secret that does not belong to the public key beside it', async () => {
    const { path, open, opened } = await makeProfile();
    await opened(new FakeCipher({ protects: false }));
    const file = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...file, secret: 'A'.repeat(43) }));
    expect(await open(new FakeCipher({ protects: false }))).toMatchObject({
      ok: false,
      error: { code: 'IDENTITY_UNREADABLE' },
    });
  });

  it.skipIf(process.platform === 'win32')('reports when the new identity cannot be written', async () => {
    const { path, open } = await makeProfile();
    await symlink('/nowhere/at/all', join(path, '..'));
    expect(await open()).toMatchObject({ ok: false, error: { code: 'IDENTITY_WRITE_FAILED' } });
  });

  describe('replaced by another seed', () => {
    const at = Date.UTC(2031, 4, 6, 7, 8, 9);
    const seed = () => new Uint8Array(32).fill(9);

    it('is another id on another device from the next start on', async () => {
      const { store, opened } = await makeProfile();
      const before = await opened();
      expect(await store().replace(seed(), at)).toMatchObject({ ok: true });
      const after = await opened();
      expect(after.id).toBe(peerIdOf(keyPairFromSeed(seed()).publicKey));
      expect(after.deviceId).not.toBe(before.deviceId);
      expect(after).toMatchObject({ created: false, keyProtected: true });
    });

    it('keeps the present file beside it, as it was', async () => {
      const { path, store, opened } = await makeProfile();
      await opened();
      const text = await readFile(path, 'utf8');
      const replaced = await store().replace(seed(), at);
      expect(replaced).toEqual({ ok: true, value: 'identity.json.replaced-2031-05-06T07-08-09-000Z' });
      const kept = join(path, '..', 'identity.json.replaced-2031-05-06T07-08-09-000Z');
      expect(await readFile(kept, 'utf8')).toBe(text);
      if (process.platform !== 'win32') {
        expect((await stat(kept)).mode & 0o777).toBe(0o600);
      }
    });

    it('stays when the present file cannot be kept', async () => {
      const { path, store, opened } = await makeProfile();
      const before = await opened();
      await writeFile(join(path, '..', 'identity.json.replaced-2031-05-06T07-08-09-000Z'), 'in the way');
      expect(await store().replace(seed(), at)).toMatchObject({
        ok: false,
        error: { code: 'IDENTITY_WRITE_FAILED' },
      });
      expect(await opened()).toEqual({ ...before, created: false });
    });
  });
});
