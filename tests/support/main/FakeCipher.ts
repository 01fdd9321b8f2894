import type { Cipher } from '../../../src/main/services/identity/cipher.ts';

/** A keychain: what one object encrypted, only an object with the same password decrypts. */
export class FakeCipher implements Cipher {
  readonly protects: boolean;
  readonly #password: string;

  constructor(options: { readonly protects?: boolean; readonly password?: string } = {}) {
    this.protects = options.protects ?? true;
    this.#password = options.password ?? 'one';
  }

  async encrypt(text: string): Promise<Uint8Array> {
    return Promise.resolve(
      Buffer.from(JSON.stringify({ by: this.#password, text })).map((byte) => byte ^ 0x5a),
    );
  }

  async decrypt(bytes: Uint8Array): Promise<string> {
    const { by, text } = JSON.parse(Buffer.from(bytes.map((byte) => byte ^ 0x5a)).toString()) as {
      by: string;
      text: string;
    };
    return by === this.#password ? Promise.resolve(text) : Promise.reject(new Error('wrong keychain'));
  }
}
