import { safeStorage } from 'electron';
import type { Cipher } from '../services/identity/cipher.ts';

/** On Linux Chromium pretends to encrypt, with a key that is in its source, when no keychain is there. */
const pretended: ReadonlySet<string> = new Set(['basic_text', 'unknown']);

function protects(platform: NodeJS.Platform): boolean {
  if (!safeStorage.isEncryptionAvailable()) {
    return false;
  }
  return platform !== 'linux' || !pretended.has(safeStorage.getSelectedStorageBackend());
}

/** The system's keychain. To be made once the app is ready. */
export const createSafeStorageCipher = (platform: NodeJS.Platform): Cipher => ({
  protects: protects(platform),
  encrypt: (text) => safeStorage.encryptString(text),
  decrypt: (bytes) => safeStorage.decryptString(Buffer.from(bytes)),
});
