import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { IdentitySource } from '#shared/ipc/contract.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { FakeCipher } from '#tests/support/main/FakeCipher.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { writeAtomically } from '../storage/JsonFile.ts';
import { openBackup, sealBackup, type BackupPeople } from './backupFormat.ts';
import type { BackupCodec } from './BackupThread.ts';
import { IdentityMover } from './IdentityMover.ts';
import { IdentityStore } from './IdentityStore.ts';
import { seedOf, toBase64url } from './keys.ts';

const person = (number: number) => ({
  id: personId(number),
  name: `contact ${number}`,
  note: '',
  favourite: false,
  seesPresence: true,
});

const people: BackupPeople = { contacts: [person(1), person(2)], blocked: [personId(3)] };

/** The format itself, at a cost that a test can wait for. */
const cheapCodec = (leftOut = 0): BackupCodec => ({
  seal: async (contents, passphrase) => {
    const { text } = sealBackup(contents, passphrase, { operations: 1, memory: 8_192 });
    return Promise.resolve({ text, picturesLeftOut: leftOut });
  },
  open: async (text, passphrase) => Promise.resolve(openBackup(text, passphrase)),
});

/** One computer with an identity, and a person who answers its dialogs. */
async function makeComputer(
  options: {
    readonly agrees?: boolean;
    readonly saves?: boolean;
    readonly people?: BackupPeople;
    readonly merge?: () => Result<unknown>;
    readonly leftOut?: number;
    readonly signedOut?: boolean;
  } = {},
) {
  const folder = await tempFolder();
  const file = join(folder, 'backup.json');
  const { logger, records } = testLogger();
  const store = () =>
    new IdentityStore({ path: join(folder, 'identity.json'), cipher: new FakeCipher(), logger });
  const identity = async () => {
    const opened = await store().open();
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    return opened.value;
  };
  const asked: string[] = [];
  const merged: BackupPeople[] = [];
  let restarts = 0;
  const before = await identity();
  const mover = new IdentityMover({
    identity: before,
    store: store(),
    people: {
      people: async () => Promise.resolve(ok(options.people ?? { contacts: [], blocked: [] })),
      merge: async (people) => {
        merged.push(people);
        return Promise.resolve(options.merge?.() ?? ok(null));
      },
    },
    dialogs: {
      agreeToPhrase: async () => {
        asked.push('phrase');
        return Promise.resolve(options.agrees ?? true);
      },
      agreeToReplace: async ({ next, present }) => {
        asked.push(`replace ${present} by ${next}`);
        return Promise.resolve(options.agrees ?? true);
      },
      chooseBackupFile: async (name) => {
        asked.push(name);
        return Promise.resolve((options.saves ?? true) ? file : undefined);
      },
      tellPicturesLeftOut: async (count) => {
        asked.push(`left out ${count}`);
        return Promise.resolve();
      },
    },
    codec: cheapCodec(options.leftOut),
    writeFile: writeAtomically,
    signedOut: () => options.signedOut === true,
    restart: () => {
      restarts += 1;
    },
    now: () => Date.UTC(2031, 4, 6),
    logger,
  });
  return { mover, before, identity, file, asked, merged, records, restarts: () => restarts };
}

/** A backup of another computer. */
async function otherBackup(make: (id: PeerId) => BackupPeople = () => people) {
  const other = await makeComputer();
  const seed = seedOf(other.before.keys);
  const { text } = sealBackup({ seed, ...make(other.before.id) }, 'a long passphrase', {
    operations: 1,
    memory: 8_192,
  });
  const source: IdentitySource = { from: 'backup', file: text, passphrase: 'a long passphrase' };
  return { id: other.before.id, source };
}

describe('the phrase', () => {
  it('leaves main after the person has agreed', async () => {
    const { mover, before, asked } = await makeComputer();
    const phrase = await mover.phrase();
    expect(asked).toEqual(['phrase']);
    expect(await mover.inspect({ from: 'phrase', phrase: phrase ?? '' })).toEqual(
      ok({ id: before.id, contacts: 0, restarts: false }),
    );
  });

  it('stays when the person does not agree', async () => {
    const { mover } = await makeComputer({ agrees: false });
    expect(await mover.phrase()).toBeNull();
  });

  it('is asked for once at a time, however often a page asks', async () => {
    const { mover, asked } = await makeComputer();
    const answers = await Promise.all([mover.phrase(), mover.phrase(), mover.backup('a long passphrase')]);
    expect(asked).toEqual(['phrase']);
    expect(answers.slice(1)).toEqual([null, ok(false)]);
  });

  it('does not wipe the key that the app goes on with', async () => {
    const { mover, before } = await makeComputer();
    await mover.phrase();
    expect(before.keys.privateKey.some((byte) => byte !== 0)).toBe(true);
  });
});

describe('the backup', () => {
  it('is written where the person says, for them alone, with the people in it', async () => {
    const { mover, before, file, asked } = await makeComputer({ people });
    expect(await mover.backup('a long passphrase')).toEqual(ok(true));
    expect(asked).toEqual(['peerline-backup-2031-05-06.json']);
    if (process.platform !== 'win32') {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    const opened = openBackup(await readFile(file, 'utf8'), 'a long passphrase');
    expect(opened).toEqual(ok({ seed: seedOf(before.keys), ...people }));
  });

  it('is not made when the person cancels', async () => {
    const { mover, file } = await makeComputer({ saves: false });
    expect(await mover.backup('a long passphrase')).toEqual(ok(false));
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('says so when it cannot be written', async () => {
    const { mover, file } = await makeComputer();
    await mkdir(file);
    expect(await mover.backup('a long passphrase')).toMatchObject({
      ok: false,
      error: { code: 'BACKUP_WRITE_FAILED' },
    });
  });

  it('says how many pictures did not fit', async () => {
    const { mover, asked } = await makeComputer({ leftOut: 7 });
    await mover.backup('a long passphrase');
    expect(asked.at(-1)).toBe('left out 7');
  });
});

describe('restoring', () => {
  it('takes the id of the phrase, keeps the old one aside and starts the app again', async () => {
    const other = await makeComputer();
    const phrase = (await other.mover.phrase()) ?? '';
    const { mover, before, identity, restarts } = await makeComputer();
    expect(await mover.restore({ from: 'phrase', phrase })).toEqual(ok(true));
    const after = await identity();
    expect(after.id).toBe(other.before.id);
    expect(after.deviceId).not.toBe(before.deviceId);
    expect(after.deviceId).not.toBe(other.before.deviceId);
    expect(restarts()).toBe(1);
  });

  it('asks the person, with both ids, before another identity comes', async () => {
    const { id, source } = await otherBackup();
    const { mover, before, asked } = await makeComputer();
    await mover.restore(source);
    expect(asked).toEqual([`replace ${before.id} by ${id}`]);
  });

  it('changes nothing when the person does not agree to another identity', async () => {
    const { source } = await otherBackup();
    const { mover, before, identity, merged, restarts } = await makeComputer({ agrees: false });
    expect(await mover.restore(source)).toEqual(ok(false));
    expect((await identity()).id).toBe(before.id);
    expect(merged).toEqual([]);
    expect(restarts()).toBe(0);
  });

  it('asks once at a time, however often a page asks', async () => {
    const { source } = await otherBackup();
    const { mover, asked, restarts } = await makeComputer();
    const answers = await Promise.all([mover.restore(source), mover.restore(source)]);
    expect(asked).toHaveLength(1);
    expect(answers).toContainEqual(ok(false));
    expect(restarts()).toBe(1);
  });

  it('says whose backup it is before anything changes', async () => {
    const { id, source } = await otherBackup();
    const { mover, before, identity, merged } = await makeComputer();
    expect(await mover.inspect(source)).toEqual(ok({ id, contacts: 2, restarts: true }));
    expect((await identity()).id).toBe(before.id);
    expect(merged).toEqual([]);
  });

  it('merges the people of a backup, without the id that becomes the own one', async () => {
    const { source } = await otherBackup((id) => ({
      contacts: [person(1), { ...person(2), id }],
      blocked: [personId(3), id],
    }));
    const { mover, merged } = await makeComputer();
    await mover.restore(source);
    expect(merged).toEqual([{ contacts: [person(1)], blocked: [personId(3)] }]);
  });

  it('of the present identity takes the contacts, and keeps key, device and window', async () => {
    const { mover, before, identity, merged, restarts, file, asked } = await makeComputer({
      people: { contacts: [person(1)], blocked: [] },
    });
    await mover.backup('a long passphrase');
    asked.length = 0;
    const source = {
      from: 'backup',
      file: await readFile(file, 'utf8'),
      passphrase: 'a long passphrase',
    } as const;
    expect(await mover.restore(source)).toEqual(ok(true));
    expect(await identity()).toEqual({ ...before, created: false });
    expect(merged).toHaveLength(1);
    expect(restarts()).toBe(0);
    // It is the person's own key already.
    expect(asked).toEqual([]);
  });

  it('of the present identity on a computer that was signed out gives it a new device id', async () => {
    const { mover, before, identity, restarts } = await makeComputer({ signedOut: true });
    const phrase = (await mover.phrase()) ?? '';
    expect(await mover.inspect({ from: 'phrase', phrase })).toEqual(
      ok({ id: before.id, contacts: 0, restarts: true }),
    );
    expect(await mover.restore({ from: 'phrase', phrase })).toEqual(ok(true));
    const after = await identity();
    expect(after.id).toBe(before.id);
    expect(after.deviceId).not.toBe(before.deviceId);
    expect(restarts()).toBe(1);
  });

  it('leaves the identity alone when the contacts cannot be kept', async () => {
    const { source } = await otherBackup();
    const { mover, before, identity, restarts } = await makeComputer({
      merge: () => fail('STORAGE_FULL', 'no room'),
    });
    expect(await mover.restore(source)).toMatchObject({ ok: false, error: { code: 'STORAGE_FULL' } });
    expect((await identity()).id).toBe(before.id);
    expect(restarts()).toBe(0);
  });

  it.each([
    ['a wrong passphrase', { passphrase: 'another one' }, 'BACKUP_WRONG_PASSPHRASE'],
    ['a truncated file', { file: '{"format": "peerline-ba' }, 'BACKUP_DAMAGED'],
  ])('changes nothing with %s', async (_what, change, code) => {
    const { source } = await otherBackup();
    const { mover, before, identity, merged, restarts } = await makeComputer();
    expect(await mover.restore({ ...source, ...change })).toMatchObject({
      ok: false,
      error: { code },
    });
    expect(await identity()).toEqual({ ...before, created: false });
    expect(merged).toEqual([]);
    expect(restarts()).toBe(0);
  });

  it('changes nothing with a wrong phrase', async () => {
    const { mover, restarts } = await makeComputer();
    expect(await mover.restore({ from: 'phrase', phrase: 'legal winner thank' })).toMatchObject({
      ok: false,
      error: { code: 'PHRASE_INVALID' },
    });
    expect(restarts()).toBe(0);
  });

  it('never logs the phrase, the passphrase or the key', async () => {
    const computer = await makeComputer();
    const phrase = (await computer.mover.phrase()) ?? '';
    await computer.mover.backup('a long passphrase');
    await computer.mover.restore({ from: 'phrase', phrase });
    const log = JSON.stringify(computer.records);
    expect(log).not.toContain(phrase);
    expect(log).not.toContain('a long passphrase');
    expect(log).not.toContain(toBase64url(seedOf(computer.before.keys)));
  });
});
