import { describe, expect, it } from 'vitest';
import { personId } from '#tests/support/uiHarness/people.ts';
import { BackupThread } from './BackupThread.ts';

const thread = () => new BackupThread({ entry: new URL('./backupWorker.ts', import.meta.url) });
const makeContents = () => ({
  seed: new Uint8Array(32).fill(7),
  contacts: [{ id: personId(1), name: 'one', note: '', favourite: false, seesPresence: true }],
  blocked: [],
});

describe('BackupThread', () => {
  it('seals and opens at the full cost while main goes on', async () => {
    const backups = thread();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const sealed = await backups.seal(makeContents(), 'a long passphrase');
    const opened = await backups.open(sealed.text, 'a long passphrase');
    clearInterval(timer);
    expect(opened).toEqual({ ok: true, value: makeContents() });
    // On main's own thread no timer would run between the start and the end of either.
    expect(turns).toBeGreaterThan(10);
  }, 120_000);

  it('takes the seed away from the one who hands it over', async () => {
    const contents = makeContents();
    await thread().seal(contents, 'a long passphrase');
    expect(contents.seed.byteLength).toBe(0);
  }, 60_000);

  it('says what is wrong with a file', async () => {
    expect(await thread().open('{}', 'a long passphrase')).toMatchObject({
      ok: false,
      error: { code: 'BACKUP_DAMAGED' },
    });
  }, 30_000);

  it('rejects when the thread cannot run', async () => {
    const broken = new BackupThread({ entry: new URL('./noSuchFile.ts', import.meta.url) });
    await expect(broken.open('{}', 'x')).rejects.toThrow(/noSuchFile/);
  }, 30_000);
});
