import { z } from 'zod';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Contact, ContactDraft } from '#shared/people/contacts.ts';
import { flagColumn, idColumn } from '../storage/columns.ts';
import type { Sql } from '../storage/sqlite.ts';

const contactRow: z.ZodType<Contact> = z.object({
  id: idColumn,
  name: z.string(),
  note: z.string(),
  favourite: flagColumn,
  seesPresence: flagColumn,
  picture: z.string().nullable(),
  addedAt: z.int(),
});

const columns = 'id, name, note, favourite, sees_presence AS seesPresence, picture, added_at AS addedAt';

export const allContacts = (sql: Sql): readonly Contact[] =>
  sql.all(contactRow, `SELECT ${columns} FROM contacts WHERE removed_at IS NULL`);

export const contactOf = (sql: Sql, id: PeerId): Contact | undefined =>
  sql.get(contactRow, `SELECT ${columns} FROM contacts WHERE id = ? AND removed_at IS NULL`, id);

export function putContact(sql: Sql, draft: ContactDraft, times: { added: number; changed: number }): void {
  sql.run(
    `INSERT INTO contacts (id, name, note, favourite, sees_presence, added_at, changed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, note = excluded.note,
       favourite = excluded.favourite, sees_presence = excluded.sees_presence,
       changed_at = excluded.changed_at`,
    draft.id,
    draft.name,
    draft.note,
    Number(draft.favourite),
    Number(draft.seesPresence),
    times.added,
    times.changed,
  );
}

/** `picture`: the bytes and their digest; null: none. */
export function putPicture(
  sql: Sql,
  id: PeerId,
  picture: { readonly bytes: Uint8Array; readonly digest: string } | null,
): void {
  sql.run('DELETE FROM pictures WHERE contact = ?', id);
  if (picture !== null) {
    sql.run('INSERT INTO pictures (contact, bytes) VALUES (?, ?)', id, picture.bytes);
  }
  sql.run('UPDATE contacts SET picture = ? WHERE id = ?', picture?.digest ?? null, id);
}

const pictureRow = z.object({ bytes: z.instanceof(Uint8Array) });

export const pictureOf = (sql: Sql, id: PeerId): Uint8Array | undefined =>
  sql.get(
    pictureRow,
    `SELECT bytes FROM pictures JOIN contacts ON contact = id WHERE id = ? AND removed_at IS NULL`,
    id,
  )?.bytes;

/** Gone for good, picture and all. */
export const forgetRemoved = (sql: Sql, id: PeerId): number =>
  sql.run('DELETE FROM contacts WHERE id = ? AND removed_at IS NOT NULL', id);

export const forgetAllRemoved = (sql: Sql): number =>
  sql.run('DELETE FROM contacts WHERE removed_at IS NOT NULL');

/** Takes the contact out of the book, or puts it back (`at` null). Returns whether there was one. */
export const setRemoved = (sql: Sql, id: PeerId, at: number | null): boolean =>
  sql.run(
    `UPDATE contacts SET removed_at = ? WHERE id = ? AND removed_at IS ${at === null ? 'NOT NULL' : 'NULL'}`,
    at,
    id,
  ) > 0;
