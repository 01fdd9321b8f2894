/** Encrypts small secrets with a key that the operating system keeps for the person who is logged in. */
export interface Cipher {
  /** False: the system offers no keychain (or a pretended one), and secrets rest on the file mode alone. */
  readonly protects: boolean;
  /** Rejects when the keychain fails. */
  encrypt(text: string): Promise<Uint8Array>;
  /** Rejects when the bytes were not made by `encrypt` for this person on this system. */
  decrypt(bytes: Uint8Array): Promise<string>;
}
