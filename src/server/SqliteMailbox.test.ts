import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testDeviceId, testIdentity } from '#tests/support/protocolClient.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { SqliteMailbox } from './SqliteMailbox.ts';

let folder: string;
const open: SqliteMailbox[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerline-mailbox-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (mailbox) => mailbox.close()));
  rmSync(folder, { recursive: true, force: true });
});

const { id: to } = testIdentity();
const { id: from } = testIdentity();
const file = (): string => join(folder, 'mailbox.db');

function mailbox(log = testLogger()): SqliteMailbox {
  const made = new SqliteMailbox({ folder, logger: log.logger });
  open.push(made);
  return made;
}

const put = async (store: SqliteMailbox, box: string) =>
  store.put({ to, from, fromDevice: testDeviceId(), box, at: Date.now(), named: false });

async function boxes(store: SqliteMailbox): Promise<readonly string[]> {
  const leased = await store.lease({ to, holder: 'one', most: 100, again: true, admits: () => true });
  return leased.ok ? leased.value.notices.map(({ box }) => box) : [];
}

/** Changes the file from outside, as another program or a later version would. */
function tamper(sql: string): void {
  const database = new DatabaseSync(file());
  database.exec(sql);
  database.close();
}

describe('a mailbox on disk', () => {
  it('is for its owner alone', async () => {
    folder = join(folder, 'server');
    await mailbox().start();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    }
  });

  it('starts once, and again changes nothing', async () => {
    const store = mailbox();
    await store.start();
    await put(store, 'a');
    expect(await store.start()).toMatchObject({ ok: true });
    expect(await boxes(store)).toEqual(['a']);
  });

  it('sets a damaged file aside, says so, and begins anew', async () => {
    const log = testLogger();
    writeFileSync(file(), 'this is no database, and it is long enough to be looked at. '.repeat(100));
    const store = mailbox(log);
    expect(await store.start()).toMatchObject({ ok: true });
    expect(await put(store, 'a')).toMatchObject({ ok: true });
    expect(readdirSync(folder).filter((name) => name.startsWith('mailbox-damaged-'))).toHaveLength(1);
    expect(log.records).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'mailbox damaged; set aside and begun anew' }),
    );
  });

  it('sets a database of another program aside', async () => {
    tamper('CREATE TABLE other (value TEXT)');
    expect(await mailbox().start()).toMatchObject({ ok: true });
    expect(readdirSync(folder).some((name) => name.startsWith('mailbox-damaged-'))).toBe(true);
  });

  it('leaves a mailbox of a later version alone', async () => {
    const first = mailbox();
    await first.start();
    await put(first, 'a');
    await first.close();
    tamper('PRAGMA user_version = 3');
    expect(await mailbox().start()).toMatchObject({
      ok: false,
      error: { message: 'the mailbox was made by a later version of the server' },
    });
    tamper('PRAGMA user_version = 2');
    const again = mailbox();
    await again.start();
    expect(await boxes(again)).toEqual(['a']);
  });

  it('takes over a mailbox of the version before, which kept no keys', async () => {
    const first = mailbox();
    await first.start();
    await put(first, 'a');
    await first.close();
    tamper('ALTER TABLE notices DROP COLUMN key; PRAGMA user_version = 1');
    const again = mailbox();
    expect(await again.start()).toMatchObject({ ok: true });
    await put(again, 'b');
    expect(await boxes(again)).toEqual(['a', 'b']);
  });

  it('is not opened twice', async () => {
    await mailbox().start();
    expect(await mailbox().start()).toMatchObject({ ok: false, error: { code: 'MAILBOX_FAILED' } });
  });

  it('passes over a row that makes no sense', async () => {
    const first = mailbox();
    await first.start();
    await put(first, 'a');
    await put(first, 'b');
    await first.close();
    tamper(`UPDATE notices SET sender = 'nobody' WHERE box = 'a'`);
    const again = mailbox();
    await again.start();
    expect(await boxes(again)).toEqual(['b']);
  });

  it('keeps all or nothing of what is asked for at once, and counts right after a failure', async () => {
    const first = mailbox();
    await first.start();
    await first.close();
    tamper(`
      CREATE TABLE broken (on_ INTEGER) STRICT;
      INSERT INTO broken VALUES (1);
      CREATE TRIGGER refuse BEFORE INSERT ON notices WHEN NEW.box = 'bad' AND (SELECT on_ FROM broken) = 1
      BEGIN SELECT RAISE(ABORT, 'disk full'); END;
    `);
    const store = mailbox();
    await store.start();
    const answers = await Promise.all([put(store, 'good'), put(store, 'bad')]);
    expect(answers.map(({ ok }) => ok)).toEqual([false, false]);
    expect(await boxes(store)).toEqual([]);
    expect(await put(store, 'later')).toEqual({ ok: true, value: { kept: true, displaced: 0 } });
    expect(await boxes(store)).toEqual(['later']);
  });
});
