import { createHash } from 'node:crypto';
import sodium from 'libsodium-wrappers-sumo';
import { z } from 'zod';
import { peerIdSchema, type PeerId } from '#shared/identity/peerId.ts';
import { contactBounds, contactDraftSchema, pictureSchema } from '#shared/people/contacts.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { fromBase64url, toBase64url } from './keys.ts';

/** What the passphrase costs to try: passes, and memory in bytes. */
export interface KdfCost {
  readonly operations: number;
  readonly memory: number;
}

/** libsodium's MODERATE: 3 passes over 256 MiB, about a second on a computer of 2020. */
export const moderateCost = (): KdfCost => ({
  operations: sodium.crypto_pwhash_OPSLIMIT_MODERATE,
  memory: sodium.crypto_pwhash_MEMLIMIT_MODERATE,
});

/** A file from somebody else may ask for no more than twice the work, in the same memory. */
const maxCost = { operations: 6, memory: 256 * 1024 * 1024 } as const;

/** Characters of a file that is read at all; what is written stays below it. */
export const maxBackupChars = 64 * 1024 * 1024;

/** Bytes of text that fit in such a file: base64 makes four characters of three bytes. */
const maxPlainBytes = Math.floor((maxBackupChars - 4_096) * 0.75);

const saltBytes = 16;
const nonceBytes = 24;
const keyBytes = 32;
const seedBytes = 32;

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);

const fileSchema = z.object({
  format: z.literal('peerline-backup'),
  version: z.literal(1),
  kdf: z.object({
    name: z.literal('argon2id'),
    operations: z.int().min(1).max(maxCost.operations),
    memory: z.int().min(8_192).max(maxCost.memory),
    salt: base64url.length(22),
  }),
  nonce: base64url.length(32),
  box: base64url.max(maxBackupChars),
  checksum: base64url.length(43),
});
type BackupFile = z.infer<typeof fileSchema>;

const backupContactSchema = contactDraftSchema.extend({ picture: pictureSchema.optional() });
export type BackupContact = z.infer<typeof backupContactSchema>;

/** The people in a backup. */
export interface BackupPeople {
  readonly contacts: readonly BackupContact[];
  readonly blocked: readonly PeerId[];
}

export interface BackupContents extends BackupPeople {
  /** 32 bytes; whoever gets it wipes it. */
  readonly seed: Uint8Array;
}

const plainSchema = z.object({
  seed: base64url.length(43),
  contacts: z.array(backupContactSchema).max(contactBounds.contacts),
  blocked: z.array(peerIdSchema).max(contactBounds.blocked),
});

const headerOf = ({ kdf, nonce }: Pick<BackupFile, 'kdf' | 'nonce'>): string =>
  ['peerline-backup.1', kdf.name, kdf.operations, kdf.memory, kdf.salt, nonce].join(' ');

/** Tells a damaged file from a wrong passphrase; protects from nothing else. */
const checksumOf = (header: string, box: string): string =>
  createHash('sha256').update(`${header} ${box}`).digest('base64url');

/** The same characters may be typed as different bytes on different systems. */
const deriveKey = (passphrase: string, salt: Uint8Array, cost: KdfCost): Uint8Array =>
  sodium.crypto_pwhash(
    keyBytes,
    passphrase.normalize('NFKC'),
    salt,
    cost.operations,
    cost.memory,
    sodium.crypto_pwhash_ALG_ARGON2ID13,
  );

/** Leaves pictures out, those of favourites last, until the rest fits into a file that can be read back. */
function fitPictures(people: BackupPeople): { readonly people: BackupPeople; readonly leftOut: number } {
  const bare = people.contacts.map(({ picture: _, ...contact }) => contact);
  let room = maxPlainBytes - Buffer.byteLength(JSON.stringify({ contacts: bare, blocked: people.blocked }));
  const kept = new Set<PeerId>();
  const byWorth = [...people.contacts].sort((a, b) => Number(b.favourite) - Number(a.favourite));
  let leftOut = 0;
  for (const { id, picture } of byWorth) {
    if (picture === undefined) {
      continue;
    }
    // Name and quotes of the field, and what stands round the whole.
    const size = picture.length + 64;
    if (size <= room) {
      room -= size;
      kept.add(id);
    } else {
      leftOut += 1;
    }
  }
  const contacts = people.contacts.map((contact) => {
    const { picture: _, ...rest } = contact;
    return kept.has(contact.id) ? contact : rest;
  });
  return { people: { contacts, blocked: people.blocked }, leftOut };
}

export interface SealedBackup {
  readonly text: string;
  /** Pictures that did not fit. */
  readonly picturesLeftOut: number;
}

/** The text of a backup file. Takes as long as the passphrase costs to try, so it runs off the main thread. */
export function sealBackup(
  contents: BackupContents,
  passphrase: string,
  cost: KdfCost = moderateCost(),
): SealedBackup {
  const salt = sodium.randombytes_buf(saltBytes);
  const nonce = sodium.randombytes_buf(nonceBytes);
  const kdf = { name: 'argon2id' as const, ...cost, salt: toBase64url(salt) };
  const header = headerOf({ kdf, nonce: toBase64url(nonce) });
  const { people, leftOut } = fitPictures(contents);
  const plain = Buffer.from(JSON.stringify({ seed: toBase64url(contents.seed), ...people }));
  const key = deriveKey(passphrase, salt, cost);
  const box = toBase64url(sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, header, null, nonce, key));
  sodium.memzero(key);
  sodium.memzero(plain);
  const file: BackupFile = {
    format: 'peerline-backup',
    version: 1,
    kdf,
    nonce: toBase64url(nonce),
    box,
    checksum: checksumOf(header, box),
  };
  return { text: `${JSON.stringify(file, null, 2)}\n`, picturesLeftOut: leftOut };
}

/**
 * Opens the text of a backup file. Fails with BACKUP_DAMAGED (no backup, cut off, edited, too large, or one
 * that asks for too much work) or BACKUP_WRONG_PASSPHRASE.
 */
export function openBackup(text: string, passphrase: string): Result<BackupContents> {
  const file = parseFile(text);
  if (file === undefined) {
    return fail('BACKUP_DAMAGED', 'not a backup file');
  }
  const header = headerOf(file);
  if (checksumOf(header, file.box) !== file.checksum) {
    return fail('BACKUP_DAMAGED', 'the checksum is wrong');
  }
  const key = deriveKey(passphrase, fromBase64url(file.kdf.salt), file.kdf);
  let plain: Uint8Array;
  try {
    plain = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
      null,
      fromBase64url(file.box),
      header,
      fromBase64url(file.nonce),
      key,
    );
  } catch {
    return fail('BACKUP_WRONG_PASSPHRASE', 'the passphrase does not open the file');
  } finally {
    sodium.memzero(key);
  }
  const contents = parsePlain(plain);
  sodium.memzero(plain);
  return contents === undefined ? fail('BACKUP_DAMAGED', 'not the contents of a backup') : ok(contents);
}

function parseFile(text: string): BackupFile | undefined {
  if (text.length > maxBackupChars || isNested(text)) {
    return undefined;
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A backup has one object in another and no list. What nests deeper can cost a parser all of the memory. */
function isNested(text: string): boolean {
  const second = text.indexOf('{', text.indexOf('{') + 1);
  return text.includes('[') || (second !== -1 && text.includes('{', second + 1));
}

function parsePlain(plain: Uint8Array): BackupContents | undefined {
  try {
    const { seed, ...people } = plainSchema.parse(JSON.parse(Buffer.from(plain).toString('utf8')));
    const bytes = fromBase64url(seed);
    return bytes.byteLength === seedBytes ? { seed: bytes, ...people } : undefined;
  } catch {
    return undefined;
  }
}
