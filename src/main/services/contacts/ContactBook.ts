import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandArgs } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { contactBounds, type Contact, type ContactDraft } from '#shared/people/contacts.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { Database } from '../storage/Database.ts';
import type { Sql } from '../storage/sqlite.ts';
import {
  allContacts,
  contactOf,
  forgetAllRemoved,
  forgetRemoved,
  pictureOf,
  putContact,
  putPicture,
  setRemoved,
} from './contactRows.ts';
import { pictureBytes, pictureDigest, pictureUrl } from './picture.ts';

type SavedContact = CommandArgs<'contactSave'>;
/** A backup of the person's own also says who sees their presence; a stranger's file must not. */
type ImportedContact = CommandArgs<'contactsImport'>['contacts'][number] &
  Partial<Pick<Contact, 'seesPresence'>>;

interface BookEvents {
  readonly changed: { readonly saved: readonly Contact[]; readonly removed: readonly PeerId[] };
}

const unknown = () => fail('CONTACT_UNKNOWN', 'no such contact');

/** The person's contacts. Who is in it is also known without the disk: whether somebody may ring must not hang on a file. */
export class ContactBook {
  readonly #self: PeerId;
  readonly #database: Database;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #events: Emitter<BookEvents>;
  readonly #contacts = new Set<PeerId>();

  constructor(options: {
    readonly self: PeerId;
    readonly database: Database;
    /** Wall clock, milliseconds since the epoch. */
    readonly now: () => number;
    readonly logger: Logger;
  }) {
    this.#self = options.self;
    this.#database = options.database;
    this.#now = options.now;
    this.#logger = options.logger;
    this.#events = new Emitter((error, event) => options.logger.error('listener failed', { error, event }));
  }

  /** Reads who is in the book, and lets go of those who were removed before this start. */
  start(): void {
    if (this.#database.writable) {
      const purged = this.#database.write((sql) => ok(forgetAllRemoved(sql)));
      this.#logger.debug('removed contacts forgotten', { count: purged.ok ? purged.value : 0 });
    }
    const known = this.list();
    if (known.ok) {
      known.value.forEach(({ id }) => this.#contacts.add(id));
    }
  }

  on<K extends keyof BookEvents>(event: K, listener: (payload: BookEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  isContact(id: PeerId): boolean {
    return this.#contacts.has(id);
  }

  /** In no particular order: the interface sorts by the person's language. */
  list(): Result<readonly Contact[]> {
    return this.#database.read(allContacts);
  }

  find(id: PeerId): Result<Contact | undefined> {
    return this.#database.read((sql) => contactOf(sql, id));
  }

  /** A data URL; null: the contact has none. */
  picture(id: PeerId): Result<string | null> {
    return this.#database.read((sql) => {
      const bytes = pictureOf(sql, id);
      return bytes === undefined ? null : pictureUrl(bytes);
    });
  }

  /** Adds a contact or changes it. Fails with PEER_IS_SELF, PICTURE_INVALID, CONTACT_LIMIT or STORAGE_*. */
  save({ picture: url, ...draft }: SavedContact): Result<Contact> {
    if (draft.id === this.#self) {
      return fail('PEER_IS_SELF', 'the own id is no contact');
    }
    const picture = typeof url === 'string' ? pictureBytes(url) : url;
    if (typeof url === 'string' && picture === undefined) {
      return fail('PICTURE_INVALID', 'neither JPEG nor WebP, or too large');
    }
    if (!this.isContact(draft.id) && this.#contacts.size >= contactBounds.contacts) {
      return fail('CONTACT_LIMIT', 'the book is full');
    }
    const saved = this.#database.write((sql) => this.#put(sql, draft, picture));
    if (saved.ok) {
      this.#changed([saved.value], []);
    }
    return saved;
  }

  /** The contact can be restored until the app is closed. */
  remove(id: PeerId): Result<null> {
    const removed = this.#database.write((sql) => (setRemoved(sql, id, this.#now()) ? ok(null) : unknown()));
    if (removed.ok) {
      this.#changed([], [id]);
    }
    return removed;
  }

  restore(id: PeerId): Result<Contact> {
    if (this.#contacts.size >= contactBounds.contacts) {
      return fail('CONTACT_LIMIT', 'the book is full');
    }
    const restored = this.#database.write((sql) => {
      const contact = setRemoved(sql, id, null) ? contactOf(sql, id) : undefined;
      return contact === undefined ? unknown() : ok(contact);
    });
    if (restored.ok) {
      this.#changed([restored.value], []);
    }
    return restored;
  }

  /**
   * All of it, or nothing when the book would overflow. A contact that is there takes over what the import says,
   * and keeps the rest; the own id and pictures that are none are passed over.
   */
  import(contacts: readonly ImportedContact[]): Result<{ readonly added: number; readonly changed: number }> {
    const known = this.#contacts;
    const strangers = new Set(
      contacts.map(({ id }) => id).filter((id) => id !== this.#self && !known.has(id)),
    );
    if (known.size + strangers.size > contactBounds.contacts) {
      return fail('CONTACT_LIMIT', 'the book would overflow');
    }
    const merged = this.#database.write((sql) => {
      const saved = new Map<PeerId, Contact>();
      for (const entry of contacts) {
        const contact = entry.id === this.#self ? undefined : this.#merge(sql, entry);
        if (contact !== undefined) {
          saved.set(contact.id, contact);
        }
      }
      return ok([...saved.values()]);
    });
    if (!merged.ok) {
      return merged;
    }
    const added = merged.value.filter(({ id }) => strangers.has(id)).length;
    this.#changed(merged.value, []);
    return ok({ added, changed: merged.value.length - added });
  }

  close(): void {
    this.#events.clear();
  }

  /** `picture`: undefined keeps the present one, null takes it away. */
  #put(sql: Sql, draft: ContactDraft, picture: Buffer | null | undefined): Result<Contact> {
    // Somebody who was removed and is added anew begins anew.
    forgetRemoved(sql, draft.id);
    const now = this.#now();
    putContact(sql, draft, { added: now, changed: now });
    if (picture !== undefined) {
      const bytes = picture;
      putPicture(sql, draft.id, bytes === null ? null : { bytes, digest: pictureDigest(bytes) });
    }
    const contact = contactOf(sql, draft.id);
    return contact === undefined ? unknown() : ok(contact);
  }

  /** Undefined when the import says nothing new. */
  #merge(sql: Sql, entry: ImportedContact): Contact | undefined {
    const before = contactOf(sql, entry.id);
    const draft: ContactDraft = {
      id: entry.id,
      name: entry.name,
      note: entry.note === '' ? (before?.note ?? '') : entry.note,
      favourite: entry.favourite ?? before?.favourite ?? false,
      seesPresence: entry.seesPresence ?? before?.seesPresence ?? false,
    };
    const picture = entry.picture === undefined ? undefined : pictureBytes(entry.picture);
    const same =
      before?.name === draft.name &&
      before.note === draft.note &&
      before.favourite === draft.favourite &&
      before.seesPresence === draft.seesPresence &&
      (picture === undefined || pictureDigest(picture) === before.picture);
    if (same) {
      return undefined;
    }
    const put = this.#put(sql, draft, picture);
    return put.ok ? put.value : undefined;
  }

  #changed(saved: readonly Contact[], removed: readonly PeerId[]): void {
    saved.forEach(({ id }) => this.#contacts.add(id));
    removed.forEach((id) => this.#contacts.delete(id));
    if (saved.length + removed.length > 0) {
      this.#events.emit('changed', { saved, removed });
    }
  }
}
