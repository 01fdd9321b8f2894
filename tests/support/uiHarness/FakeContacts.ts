import type { Emitter } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandArgs, CommandValue, IpcEvents } from '#shared/ipc/contract.ts';
import { contactBounds, contactDraftSchema, type Contact } from '#shared/people/contacts.ts';
import { fail, ok, type Result } from '#shared/result.ts';

/** The address book as main keeps it, in memory: same cleaning, same bounds, same events. */
export class FakeContacts {
  readonly #events: Emitter<IpcEvents>;
  readonly #contacts = new Map<PeerId, Contact>();
  readonly #pictures = new Map<PeerId, string>();
  readonly #removed = new Map<PeerId, Contact>();
  #versions = 0;

  constructor(contacts: readonly Contact[], events: Emitter<IpcEvents>) {
    this.#events = events;
    for (const contact of contacts) {
      this.#contacts.set(contact.id, contact);
    }
  }

  list(): readonly Contact[] {
    return [...this.#contacts.values()];
  }

  save(args: CommandArgs<'contactSave'>): Result<Contact> {
    const saved = this.#keep(args);
    if (saved.ok) {
      this.#events.emit('contactsChanged', { saved: [saved.value], removed: [] });
    }
    return saved;
  }

  #keep(args: CommandArgs<'contactSave'>): Result<Contact> {
    const { picture, ...draft } = args;
    const present = this.#contacts.get(args.id);
    if (present === undefined && this.#contacts.size >= contactBounds.contacts) {
      return fail('CONTACT_LIMIT', 'no room');
    }
    const contact: Contact = {
      // As IPC does it: main sees clean texts only.
      ...contactDraftSchema.parse(draft),
      picture: this.#keepPicture(args.id, picture, present),
      addedAt: present?.addedAt ?? Date.now(),
    };
    this.#contacts.set(contact.id, contact);
    return ok(contact);
  }

  remove(id: PeerId): void {
    const contact = this.#contacts.get(id);
    if (contact !== undefined) {
      this.#removed.set(id, contact);
      this.#contacts.delete(id);
      this.#events.emit('contactsChanged', { saved: [], removed: [id] });
    }
  }

  restore(id: PeerId): Result<Contact> {
    const contact = this.#removed.get(id);
    if (contact === undefined) {
      return fail('CONTACT_UNKNOWN', 'not there');
    }
    this.#contacts.set(id, contact);
    this.#events.emit('contactsChanged', { saved: [contact], removed: [] });
    return ok(contact);
  }

  picture(id: PeerId): string | null {
    return this.#pictures.get(id) ?? null;
  }

  import({ contacts }: CommandArgs<'contactsImport'>): CommandValue<'contactsImport'> {
    let added = 0;
    const saved: Contact[] = [];
    for (const { picture, favourite, ...contact } of contacts) {
      const present = this.#contacts.get(contact.id);
      added += present === undefined ? 1 : 0;
      const kept = this.#keep({
        favourite: favourite ?? present?.favourite ?? false,
        seesPresence: present?.seesPresence ?? true,
        ...contact,
        ...(picture === undefined ? {} : { picture }),
      });
      if (kept.ok) {
        saved.push(kept.value);
      }
    }
    this.#events.emit('contactsChanged', { saved, removed: [] });
    return { added, changed: contacts.length - added };
  }

  #keepPicture(id: PeerId, picture: string | null | undefined, present: Contact | undefined): string | null {
    if (picture === undefined) {
      return present?.picture ?? null;
    }
    if (picture === null) {
      this.#pictures.delete(id);
      return null;
    }
    this.#pictures.set(id, picture);
    this.#versions += 1;
    return `version ${this.#versions}`;
  }
}
