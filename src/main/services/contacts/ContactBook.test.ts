import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import { contactBounds, type ContactDraft } from '#shared/people/contacts.ts';
import { openTestDatabase } from '#tests/support/main/openTestDatabase.ts';
import { dataUrl, jpegPicture, lossyWebp } from '#tests/support/main/samplePictures.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { ContactBook } from './ContactBook.ts';

const newId = (): PeerId => peerIdFromDigest(randomBytes(32));
const self = newId();

const draft = (id: PeerId, changes: Partial<ContactDraft> = {}): ContactDraft => ({
  id,
  name: 'callee',
  note: '',
  favourite: false,
  seesPresence: true,
  ...changes,
});

async function makeBook() {
  const folder = await tempFolder();
  const time = { now: 1_000 };
  const open = () => {
    const database = openTestDatabase(folder);
    const book = new ContactBook({ self, database, now: () => time.now, logger: testLogger().logger });
    book.start();
    const events: unknown[] = [];
    book.on('changed', (change) => events.push(change));
    return { book, database, events };
  };
  return { open, time };
}

const names = (book: ContactBook) => {
  const list = book.list();
  return list.ok ? list.value.map(({ name }) => name).sort() : [];
};

describe('contacts', () => {
  it('are there after a restart, as they were saved', async () => {
    const { open } = await makeBook();
    const first = open();
    const id = newId();
    const saved = first.book.save({ ...draft(id, { note: 'two\nlines', favourite: true }) });
    expect(saved).toEqual({
      ok: true,
      value: { ...draft(id, { note: 'two\nlines', favourite: true }), picture: null, addedAt: 1_000 },
    });
    first.database.close();
    const next = open();
    expect(next.book.list()).toEqual({ ok: true, value: saved.ok ? [saved.value] : [] });
    expect(next.book.isContact(id)).toBe(true);
  });

  it('keep names and notes as the text that they are', async () => {
    const { open } = await makeBook();
    const { book } = open();
    const name = `'; DROP TABLE contacts; -- <script>alert(1)</script> 名前 👩‍👩‍👧 مرحبا`;
    book.save(draft(newId(), { name, note: name }));
    expect(names(book)).toEqual([name]);
  });

  it('keep the time of their adding when they are changed', async () => {
    const { open, time } = await makeBook();
    const { book, events } = open();
    const id = newId();
    book.save(draft(id));
    time.now = 2_000;
    expect(book.save(draft(id, { name: 'renamed' }))).toMatchObject({
      value: { name: 'renamed', addedAt: 1_000 },
    });
    expect(events).toMatchObject([
      { saved: [{ name: 'callee' }], removed: [] },
      { saved: [{ name: 'renamed' }], removed: [] },
    ]);
  });

  it('do not include oneself', async () => {
    const { open } = await makeBook();
    const { book, events } = open();
    expect(book.save(draft(self))).toMatchObject({ error: { code: 'PEER_IS_SELF' } });
    expect(events).toEqual([]);
  });

  it('are bounded, and can be changed when there are no more', async () => {
    const { open } = await makeBook();
    const { book } = open();
    const ids = Array.from({ length: contactBounds.contacts }, newId);
    for (let from = 0; from < ids.length; from += contactBounds.importBatch) {
      const batch = ids.slice(from, from + contactBounds.importBatch);
      expect(book.import(batch.map((id) => ({ id, name: 'x', note: '' })))).toMatchObject({ ok: true });
    }
    expect(book.save(draft(newId()))).toMatchObject({ error: { code: 'CONTACT_LIMIT' } });
    expect(book.import([{ id: newId(), name: 'x', note: '' }])).toMatchObject({
      error: { code: 'CONTACT_LIMIT' },
    });
    const [first = self] = ids;
    expect(book.save(draft(first))).toMatchObject({ ok: true });
    book.remove(first);
    expect(book.save(draft(newId()))).toMatchObject({ ok: true });
    expect(book.restore(first)).toMatchObject({ error: { code: 'CONTACT_LIMIT' } });
  });

  it('that were removed come back with picture and all, until the app is closed', async () => {
    const { open } = await makeBook();
    const first = open();
    const id = newId();
    const url = dataUrl(jpegPicture(9, 9));
    const saved = first.book.save({ ...draft(id), picture: url });
    first.book.remove(id);
    expect(first.book.list()).toEqual({ ok: true, value: [] });
    expect(first.book.picture(id)).toEqual({ ok: true, value: null });
    expect(first.book.isContact(id)).toBe(false);
    expect(first.book.restore(id)).toEqual(saved);
    expect(first.book.picture(id)).toEqual({ ok: true, value: url });
    first.book.remove(id);
    first.database.close();
    expect(open().book.restore(id)).toMatchObject({ error: { code: 'CONTACT_UNKNOWN' } });
  });

  it('that were removed and are added anew begin anew', async () => {
    const { open, time } = await makeBook();
    const { book } = open();
    const id = newId();
    book.save({ ...draft(id), picture: dataUrl(jpegPicture(9, 9)) });
    book.remove(id);
    time.now = 2_000;
    expect(book.save(draft(id))).toMatchObject({ value: { picture: null, addedAt: 2_000 } });
    expect(book.restore(id)).toMatchObject({ error: { code: 'CONTACT_UNKNOWN' } });
  });

  it('that nobody knows cannot be removed or restored', async () => {
    const { open } = await makeBook();
    const { book, events } = open();
    expect(book.remove(newId())).toMatchObject({ error: { code: 'CONTACT_UNKNOWN' } });
    expect(book.restore(newId())).toMatchObject({ error: { code: 'CONTACT_UNKNOWN' } });
    expect(events).toEqual([]);
  });
});

describe('the picture of a contact', () => {
  it('stays when a change does not name it, and goes when the change says so', async () => {
    const { open } = await makeBook();
    const { book } = open();
    const id = newId();
    const url = dataUrl(lossyWebp(9, 9), 'webp');
    const first = book.save({ ...draft(id), picture: url });
    expect(book.save(draft(id, { name: 'renamed' }))).toMatchObject({
      value: { picture: first.ok ? first.value.picture : '' },
    });
    expect(book.picture(id)).toEqual({ ok: true, value: url });
    expect(book.save({ ...draft(id), picture: null })).toMatchObject({ value: { picture: null } });
    expect(book.picture(id)).toEqual({ ok: true, value: null });
  });

  it('that is none changes nothing', async () => {
    const { open } = await makeBook();
    const { book } = open();
    const id = newId();
    book.save(draft(id));
    expect(
      book.save({ ...draft(id, { name: 'renamed' }), picture: dataUrl(Buffer.from('<svg/>')) }),
    ).toMatchObject({
      error: { code: 'PICTURE_INVALID' },
    });
    expect(names(book)).toEqual(['callee']);
  });
});

describe('an import', () => {
  it('adds who is new and counts what changed', async () => {
    const { open } = await makeBook();
    const { book, events } = open();
    const [known, same, fresh] = [newId(), newId(), newId()];
    book.save(draft(known, { note: 'mine', favourite: true }));
    book.save(draft(same));
    events.length = 0;
    const result = book.import([
      { id: known, name: 'theirs', note: '' },
      { id: same, name: 'callee', note: '' },
      { id: fresh, name: 'fresh', note: 'new' },
    ]);
    expect(result).toEqual({ ok: true, value: { added: 1, changed: 1 } });
    expect(book.find(known)).toMatchObject({
      value: { name: 'theirs', note: 'mine', favourite: true, seesPresence: true },
    });
    expect(book.find(fresh)).toMatchObject({ value: { favourite: false, seesPresence: false } });
    expect(events).toHaveLength(1);
  });

  it('passes over the own id and pictures that are none', async () => {
    const { open } = await makeBook();
    const { book } = open();
    const id = newId();
    const result = book.import([
      { id: self, name: 'me', note: '' },
      { id, name: 'callee', note: '', picture: dataUrl(Buffer.from('GIF89a')) },
    ]);
    expect(result).toEqual({ ok: true, value: { added: 1, changed: 0 } });
    expect(book.find(id)).toMatchObject({ value: { picture: null } });
  });

  it('with the same id twice counts it once', async () => {
    const { open } = await makeBook();
    const { book } = open();
    const id = newId();
    const twice = [
      { id, name: 'first', note: '' },
      { id, name: 'second', note: '' },
    ];
    expect(book.import(twice)).toEqual({ ok: true, value: { added: 1, changed: 0 } });
    expect(names(book)).toEqual(['second']);
  });
});
