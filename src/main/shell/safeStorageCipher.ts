import { safeStorage } from 'electron';
import type { Cipher } from '../services/identity/cipher.ts';

/** On Linux Chromium pretends to encrypt, with a key that is in its source, when no keychain is there. */
const pretended: ReadonlySet<string> = new Set(['basic_text', 'unknown']);

async function protects(platform: NodeJS.Platform): Promise<boolean> {
  if (!(await safeStorage.isAsyncEncryptionAvailable())) {
    return false;
  }
  return platform !== 'linux' || !pretended.has(safeStorage.getSelectedStorageBackend());
}

/** The system's keychain. To be made once the app is ready. */
export const createSafeStorageCipher = async (platform: NodeJS.Platform): Promise<Cipher> => ({
  protects: await protects(platform),
  encrypt: async (text) => safeStorage.encryptStringAsync(text),
  decrypt: async (bytes) => (await safeStorage.decryptStringAsync(Buffer.from(bytes))).result,
});
