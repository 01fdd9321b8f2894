import { beforeAll, describe, expect, it } from 'vitest';
import { contactBounds } from '#shared/people/contacts.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import {
  maxBackupChars,
  moderateCost,
  openBackup,
  sealBackup,
  type BackupContact,
  type BackupContents,
} from './backupFormat.ts';
import { cryptoReady } from './keys.ts';

beforeAll(async () => cryptoReady);

/** What a test can wait for: one pass over 8 KiB. */
const cheap = { operations: 1, memory: 8_192 };
const seed = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
const contact = (number: number, more: Partial<BackupContact> = {}): BackupContact => ({
  id: personId(number),
  name: `contact ${number}`,
  note: 'line one\nline two',
  favourite: false,
  seesPresence: true,
  ...more,
});
const contents = (more: Partial<BackupContents> = {}): BackupContents => ({
  seed: seed.slice(),
  contacts: [contact(1, { favourite: true, picture: 'data:image/jpeg;base64,QUJD' }), contact(2)],
  blocked: [personId(3)],
  ...more,
});
const seal = (more: Partial<BackupContents> = {}): string =>
  sealBackup(contents(more), 'a long passphrase', cheap).text;
const code = (text: string, passphrase = 'a long passphrase'): string => {
  const opened = openBackup(text, passphrase);
  return opened.ok ? 'opened' : opened.error.code;
};
type Fields = Record<string, unknown> & { kdf: Record<string, unknown>; box: string };
const edited = (edit: (file: Fields) => void): string => {
  const file = JSON.parse(seal()) as Fields;
  edit(file);
  return JSON.stringify(file);
};

describe('a backup', () => {
  it('gives back the seed, the contacts and the blocked ids, and nothing else', () => {
    expect(openBackup(seal(), 'a long passphrase')).toEqual({ ok: true, value: contents() });
  });

  it('shows nothing of what is in it', () => {
    const text = seal();
    for (const secret of [
      'contact',
      'QUJD',
      personId(1),
      personId(3),
      Buffer.from(seed).toString('base64url'),
    ]) {
      expect(text).not.toContain(secret);
    }
  });

  it('is another file every time', () => {
    expect(seal()).not.toBe(seal());
  });

  it('costs what libsodium calls moderate, and says so in the file', () => {
    expect(moderateCost()).toEqual({ operations: 3, memory: 256 * 1024 * 1024 });
    const { kdf } = JSON.parse(seal()) as Fields;
    expect(kdf).toMatchObject({ name: 'argon2id', operations: 1, memory: 8_192 });
  });

  it('opens whichever bytes a system types the same characters with', () => {
    const { text } = sealBackup(contents(), 'caf\u00e9 au lait', cheap);
    expect(code(text, 'cafe\u0301 au lait')).toBe('opened');
  });

  it('is refused for a wrong passphrase', () => {
    expect(code(seal(), 'A long passphrase')).toBe('BACKUP_WRONG_PASSPHRASE');
    expect(code(seal(), '')).toBe('BACKUP_WRONG_PASSPHRASE');
  });

  it('is damaged wherever it is cut off', () => {
    const text = seal().trimEnd();
    for (let end = 0; end < text.length; end += 7) {
      expect(code(text.slice(0, end))).toBe('BACKUP_DAMAGED');
    }
  });

  it.each([
    [
      'a character of the box',
      (file: Fields) => (file.box = (file.box.startsWith('A') ? 'B' : 'A') + file.box.slice(1)),
    ],
    ['the salt', (file: Fields) => (file.kdf.salt = 'A'.repeat(22))],
    ['the nonce', (file: Fields) => (file.nonce = 'A'.repeat(32))],
    ['the cost', (file: Fields) => (file.kdf.operations = 2)],
    ['the version', (file: Fields) => (file.version = 2)],
    ['the format', (file: Fields) => (file.format = 'other')],
    ['the way the key is made', (file: Fields) => (file.kdf.name = 'scrypt')],
    ['no box', (file: Fields) => (file.box = '')],
  ])('is damaged when somebody edits %s', (_what, edit) => {
    expect(code(edited(edit))).toBe('BACKUP_DAMAGED');
  });

  it.each([
    ['gigabytes', { operations: 1, memory: 4 * 1024 ** 3 }],
    ['minutes', { operations: 10_000, memory: 8_192 }],
    ['no work at all', { operations: 0, memory: 8_192 }],
  ])('that asks for %s is refused before any work is done', (_what, cost) => {
    expect(code(edited((file) => Object.assign(file.kdf, cost)))).toBe('BACKUP_DAMAGED');
  });

  it.each([
    ['nothing', ''],
    ['a picture', '\u0089PNG\r\n\u001a\n'],
    ['other JSON', '{"version":1,"publicKey":"x"}'],
    ['a list', '[]'],
    ['64 MiB and more', 'a'.repeat(maxBackupChars + 1)],
    ['64 MiB of brackets', '['.repeat(maxBackupChars)],
    ['objects in objects', '{"a":'.repeat(1_000_000)],
  ])('is not %s', (_what, text) => {
    expect(code(text)).toBe('BACKUP_DAMAGED');
  });

  it.each([
    ['a seed of another length', { seed: new Uint8Array(31) }],
    ['a name that is empty', { contacts: [contact(1, { name: '' })] }],
    ['a picture that is none', { contacts: [contact(1, { picture: 'https://example.org/a.png' })] }],
    [
      'too many blocked ids',
      { blocked: Array.from({ length: contactBounds.blocked + 1 }, () => personId(1)) },
    ],
  ])('that holds %s is refused although the passphrase opens it', (_what, more) => {
    expect(code(seal(more))).toBe('BACKUP_DAMAGED');
  });

  it('cleans names of what could turn the text round them', () => {
    const opened = openBackup(
      seal({ contacts: [contact(1, { name: 'a\u202Eb\u0000c' })] }),
      'a long passphrase',
    );
    expect(opened.ok && opened.value.contacts[0]?.name).toBe('abc');
  });

  it('leaves out pictures, those of favourites last, rather than growing too large to be read', () => {
    const picture = `data:image/jpeg;base64,${'A'.repeat(contactBounds.pictureChars - 30)}`;
    const many = Array.from({ length: 600 }, (_, index) =>
      contact(index, { picture, favourite: index >= 300 }),
    );
    const { text, picturesLeftOut } = sealBackup(contents({ contacts: many }), 'a long passphrase', cheap);
    expect(text.length).toBeLessThanOrEqual(maxBackupChars);
    expect(picturesLeftOut).toBeGreaterThan(0);
    const opened = openBackup(text, 'a long passphrase');
    const kept = opened.ok ? opened.value.contacts : [];
    expect(kept).toHaveLength(600);
    expect(kept.filter((entry) => entry.picture === undefined)).toHaveLength(picturesLeftOut);
    expect(kept.filter((entry) => entry.favourite && entry.picture === undefined)).toEqual([]);
  }, 30_000);
});
