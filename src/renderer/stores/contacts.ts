import { defineStore } from 'pinia';
import { ref, shallowReactive, shallowRef } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandArgs, IpcEvents } from '#shared/ipc/contract.ts';
import type { Contact } from '#shared/people/contacts.ts';
import type { Result } from '#shared/result.ts';
import { compareContacts, withChanges } from './contactOrder.ts';
import { useStorePorts } from './ports.ts';

type Change = IpcEvents['contactsChanged'];

/** A picture as main gave it; `version` is `Contact.picture` at that time. */
interface CachedPicture {
  readonly version: string;
  /** A data URL; null: it could not be read. */
  readonly url: string | null;
}

/** Pictures in memory: what a tall window shows several times over, at most 100 kB each. */
export const picturesKept = 200;

/** The address book as main keeps it, in the order of the list. */
export const useContactsStore = defineStore('contacts', () => {
  const { bridge, log } = useStorePorts();
  const byId = shallowRef<ReadonlyMap<PeerId, Contact>>(new Map());
  const sorted = shallowRef<readonly Contact[]>([]);
  const state = ref<'loading' | 'ready' | 'failed'>('loading');
  const pictures = shallowReactive(new Map<PeerId, CachedPicture>());
  /** The version of each picture that is on its way. */
  const awaited = new Map<PeerId, string>();
  /** Changes that came before the list itself. */
  let early: Change[] = [];

  function apply({ saved, removed }: Change): void {
    const next = new Map(byId.value);
    const changed = new Set<PeerId>(removed);
    for (const id of removed) {
      next.delete(id);
      pictures.delete(id);
    }
    for (const contact of saved) {
      changed.add(contact.id);
      next.set(contact.id, contact);
    }
    byId.value = next;
    sorted.value = withChanges(
      sorted.value,
      changed,
      saved.filter((contact) => next.get(contact.id) === contact),
    );
  }

  bridge.onContactsChanged((change) => {
    if (state.value === 'loading') {
      early.push(change);
    } else {
      apply(change);
    }
  });

  async function load(): Promise<void> {
    state.value = 'loading';
    const result = await bridge.contactsList({});
    if (result.ok) {
      byId.value = new Map(result.value.map((contact) => [contact.id, contact]));
      sorted.value = [...byId.value.values()].sort(compareContacts);
      state.value = 'ready';
    } else {
      log.warn('contacts not read', { code: result.error.code });
      state.value = 'failed';
    }
    early.forEach(apply);
    early = [];
  }

  const find = (id: PeerId): Contact | undefined => byId.value.get(id);

  /** Undefined: not a contact. */
  const nameOf = (id: PeerId): string | undefined => find(id)?.name;

  /** The picture as a data URL as far as it is here; an old one until the new one is. */
  const pictureOf = (id: PeerId): string | null =>
    (find(id)?.picture ?? null) === null ? null : (pictures.get(id)?.url ?? null);

  /** The contact has a picture that is not here, or is not here any more. */
  function pictureMissing(id: PeerId): boolean {
    const version = find(id)?.picture ?? null;
    return version !== null && pictures.get(id)?.version !== version;
  }

  /** Gets a missing picture. */
  async function wantPicture(id: PeerId): Promise<void> {
    const version = find(id)?.picture ?? null;
    if (version === null || !pictureMissing(id) || awaited.get(id) === version) {
      return;
    }
    awaited.set(id, version);
    const result = await bridge.contactPicture({ id });
    if (awaited.get(id) !== version) {
      return;
    }
    awaited.delete(id);
    if (!result.ok) {
      log.warn('picture not read', { code: result.error.code });
    }
    // One that cannot be read counts as here: nobody asks again and again.
    pictures.delete(id);
    pictures.set(id, { version, url: result.ok ? result.value : null });
    const oldest = pictures.keys().next();
    if (pictures.size > picturesKept && oldest.done !== true) {
      pictures.delete(oldest.value);
    }
  }

  /** What a command of ours came to; main tells of the change in an event as well, which may come later. */
  function took(result: Result<Contact>): ErrorCode | null {
    if (!result.ok) {
      log.warn('contact not kept', { code: result.error.code });
      return result.error.code;
    }
    apply({ saved: [result.value], removed: [] });
    return null;
  }

  /** Null: kept. */
  const save = async (contact: CommandArgs<'contactSave'>): Promise<ErrorCode | null> =>
    took(await bridge.contactSave(contact));

  /** Null: removed; `restore` brings it back until the app is closed. */
  async function remove(id: PeerId): Promise<ErrorCode | null> {
    const result = await bridge.contactRemove({ id });
    if (!result.ok) {
      log.warn('contact not removed', { code: result.error.code });
      return result.error.code;
    }
    apply({ saved: [], removed: [id] });
    return null;
  }

  const restore = async (id: PeerId): Promise<ErrorCode | null> => took(await bridge.contactRestore({ id }));

  const importBatch = async (
    contacts: CommandArgs<'contactsImport'>['contacts'],
  ): ReturnType<typeof bridge.contactsImport> => bridge.contactsImport({ contacts });

  /** The picture of a contact for a file; not kept here. Null: none, or it cannot be read. */
  async function readPicture({ id, picture }: Contact): Promise<string | null> {
    const result = picture === null ? undefined : await bridge.contactPicture({ id });
    return result?.ok === true ? result.value : null;
  }

  void load();

  return {
    byId,
    sorted,
    state,
    load,
    find,
    nameOf,
    pictureOf,
    pictureMissing,
    wantPicture,
    save,
    remove,
    restore,
    importBatch,
    readPicture,
  };
});
