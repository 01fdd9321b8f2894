import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guard } from './notImplemented.ts';

/**
 * With a keychain: AES-256-GCM under a key that lies beside the data, which is what a test of the code
 * path needs and no secret. Without one: what Electron says on a Linux desktop that has none.
 */
export function createSafeStorage(hasKeychain: boolean, keyFile: () => string): Electron.SafeStorage {
  const key = (): Buffer => {
    if (!hasKeychain) {
      throw new Error('Error while using safeStorage. Encryption is not available.');
    }
    if (!existsSync(keyFile())) {
      mkdirSync(dirname(keyFile()), { recursive: true });
      writeFileSync(keyFile(), randomBytes(32), { mode: 0o600 });
    }
    return readFileSync(keyFile());
  };
  const encryptString = (plain: string): Buffer => {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key(), iv);
    const box = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), box]);
  };
  const decryptString = (encrypted: Buffer): string => {
    const decipher = createDecipheriv('aes-256-gcm', key(), encrypted.subarray(0, 12));
    decipher.setAuthTag(encrypted.subarray(12, 28));
    return Buffer.concat([decipher.update(encrypted.subarray(28)), decipher.final()]).toString('utf8');
  };
  return guard<Electron.SafeStorage>('safeStorage', {
    isEncryptionAvailable: () => hasKeychain,
    isAsyncEncryptionAvailable: async () => Promise.resolve(hasKeychain),
    getSelectedStorageBackend: () => (hasKeychain ? 'gnome_libsecret' : 'basic_text'),
    encryptString,
    decryptString,
    encryptStringAsync: async (plain: string) => Promise.resolve(encryptString(plain)),
    decryptStringAsync: async (encrypted: Buffer) =>
      Promise.resolve({ result: decryptString(encrypted), shouldReEncrypt: false }),
  });
}

export function createClipboard(store: { text: string }): Electron.Clipboard {
  const implementation = {
    writeText: (text: string) => void (store.text = text),
    readText: () => store.text,
    clear: () => void (store.text = ''),
  };
  return guard('clipboard', implementation);
}

/** What would have opened in a browser or a mail program is kept in `opened`. */
export function createShell(opened: string[]): Electron.Shell {
  const implementation: Partial<Electron.Shell> = {
    openExternal: async (url) => {
      opened.push(url);
      return Promise.resolve();
    },
  };
  return guard('shell', implementation);
}

/** Linux has neither of the two permission calls; there the members are absent, as they are in Electron. */
export function createSystemPreferences(): Electron.SystemPreferences {
  const media: Partial<Electron.SystemPreferences> = {
    getMediaAccessStatus: () => 'granted',
    askForMediaAccess: async () => Promise.resolve(true),
  };
  return guard(
    'systemPreferences',
    Object.assign(new EventEmitter(), process.platform === 'linux' ? {} : media),
    [],
  );
}

export function createPowerMonitor(): { monitor: EventEmitter; exposed: Electron.PowerMonitor } {
  const monitor = Object.assign(new EventEmitter(), {
    getSystemIdleTime: () => 0,
    getSystemIdleState: () => 'active',
    isOnBatteryPower: () => false,
    onBatteryPower: false,
  });
  const events = ['suspend', 'resume', 'on-ac', 'on-battery', 'shutdown', 'lock-screen', 'unlock-screen'];
  return { monitor, exposed: guard('powerMonitor', monitor, events) };
}

export function createPowerSaveBlocker(): Electron.PowerSaveBlocker {
  const active = new Set<number>();
  let nextId = 0;
  const implementation: Electron.PowerSaveBlocker = {
    start: () => {
      nextId += 1;
      active.add(nextId);
      return nextId;
    },
    stop: (id) => active.delete(id),
    isStarted: (id) => active.has(id),
  };
  return guard('powerSaveBlocker', implementation);
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.wav': 'audio/wav',
};

export function createNet(): Electron.Net {
  const fetchFile = async (url: string): Promise<Response> => {
    const path = fileURLToPath(url);
    const body = await readFile(path).catch(() => {
      throw new Error('net::ERR_FILE_NOT_FOUND');
    });
    const type = TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
    return new Response(new Uint8Array(body), { headers: { 'content-type': type } });
  };
  const implementation = {
    fetch: async (input: string | Request, init?: RequestInit): Promise<Response> => {
      const url = typeof input === 'string' ? input : input.url;
      return url.startsWith('file:') ? fetchFile(url) : fetch(input, init);
    },
    isOnline: () => true,
    online: true,
  };
  return guard('net', implementation);
}
