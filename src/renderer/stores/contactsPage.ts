import { defineStore } from 'pinia';
import { computed, ref, shallowReactive, shallowRef, watch } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Contact } from '#shared/people/contacts.ts';
import { draftOf, fieldsOf, type ContactFields } from './contactDraft.ts';
import { useAppStore } from './app.ts';
import { useCallStore } from './call.ts';
import { useContactSearchStore } from './contactSearch.ts';
import { useContactsStore } from './contacts.ts';
import { useStorePorts } from './ports.ts';

/** A contact that was just removed and can come back. */
export interface RemovedContact {
  readonly id: PeerId;
  readonly name: string;
  /** What was being changed about them. */
  readonly edit: ContactEdit | undefined;
}

/** What somebody has changed about a contact and not saved; everything else is as the contact is now. */
export type ContactEdit = Partial<ContactFields>;

/** How long the offer to undo stays after the last removal, milliseconds: time to change one's mind. */
const undoMs = 10_000;

/** What is open on the contacts page; kept while another page is. */
export const useContactsPageStore = defineStore('contactsPage', () => {
  const { clock } = useStorePorts();
  const app = useAppStore();
  const call = useCallStore();
  const contacts = useContactsStore();
  const finder = useContactSearchStore();
  const selected = ref<PeerId | null>(null);
  const query = ref('');
  /** What the search lets through, best first; undefined while nothing is searched for. */
  const found = computed(() => (query.value.trim() === '' ? undefined : finder.search(query.value)));
  const adding = ref(false);
  const importing = ref(false);
  /** What somebody has begun to change, and has neither saved nor cancelled; kept while something else is open. */
  const edits = shallowReactive(new Map<PeerId, ContactEdit>());
  const offers = shallowRef<readonly RemovedContact[]>([]);
  /** Who can come back, the last one removed last; all of them do at once. */
  const removed = computed(() => offers.value.filter(({ id }) => contacts.find(id) === undefined));
  /** Why the last removal did not work. */
  const problem = ref<ErrorCode | null>(null);
  /** Why the last undo did not work for all of them. */
  const undoProblem = ref<ErrorCode | null>(null);
  /** Whose row takes the focus next, once it is on the page. */
  const focusOn = ref<PeerId | null>(null);
  let undoing = false;
  let held = false;
  let cancelForget: () => void = () => undefined;

  function open(id: PeerId): void {
    selected.value = id;
    query.value = '';
    app.view = 'contacts';
  }

  function forgetRemoved(): void {
    cancelForget();
    offers.value = [];
    undoProblem.value = null;
  }

  function forgetLater(): void {
    cancelForget();
    if (!held && !undoing && call.page === undefined) {
      cancelForget = clock.after(undoMs, forgetRemoved);
    }
  }

  // Nobody sees the offer while a call takes the window.
  watch(() => call.page === undefined, forgetLater);

  /** Somebody attends to the offer: it stays while `hold`, and its time begins anew. */
  function holdRemoved(hold: boolean): void {
    held = hold;
    forgetLater();
  }

  /** False: still there, `problem` says why. */
  async function remove(id: PeerId): Promise<boolean> {
    const name = contacts.nameOf(id) ?? '';
    problem.value = await contacts.remove(id);
    if (problem.value !== null) {
      return false;
    }
    if (selected.value === id) {
      selected.value = null;
    }
    undoProblem.value = null;
    offers.value = [...removed.value.filter((offer) => offer.id !== id), { id, name, edit: edits.get(id) }];
    edits.delete(id);
    forgetLater();
    return true;
  }

  /** Brings back all that can come back; what main refuses is still offered. */
  async function undo(): Promise<void> {
    if (undoing) {
      return;
    }
    undoing = true;
    cancelForget();
    undoProblem.value = null;
    const back: PeerId[] = [];
    for (const { id, edit: unsaved } of removed.value) {
      const refused = await contacts.restore(id);
      if (refused === null) {
        back.push(id);
        if (unsaved !== undefined) {
          edits.set(id, unsaved);
        }
      } else {
        undoProblem.value = refused;
      }
    }
    offers.value = offers.value.filter(({ id }) => !back.includes(id));
    undoing = false;
    forgetLater();
    const [first] = back;
    if (first !== undefined) {
      open(first);
      if (back.length > 1) {
        // Several come back to the list: none of them is the one that was asked for.
        selected.value = null;
      }
      focusOn.value = first;
    }
  }

  /** The contact as it is with what was changed; undefined: nobody edits it. */
  function edited(contact: Contact): ContactFields | undefined {
    const unsaved = edits.get(contact.id);
    return unsaved === undefined ? undefined : { ...fieldsOf(contact), ...unsaved };
  }

  /** Whether there is anything to be saved or lost. */
  const isTouched = (id: PeerId): boolean => Object.keys(edits.get(id) ?? {}).length > 0;

  /** Keeps of `fields` what is not as the contact is. */
  function edit(contact: Contact, fields: ContactFields): void {
    const now = fieldsOf(contact);
    const changed = Object.entries(fields).filter(
      ([key, value]) => now[key as keyof ContactFields] !== value,
    );
    edits.set(contact.id, Object.fromEntries(changed));
  }

  /** Changes something of a contact at once, also where an edit is open. Why not, or null. */
  async function change(contact: Contact, fields: ContactEdit): Promise<ErrorCode | null> {
    const refused = await contacts.save(draftOf(contact.id, { ...fieldsOf(contact), ...fields }));
    const unsaved = edits.get(contact.id);
    if (refused === null && unsaved !== undefined) {
      const kept = Object.entries(unsaved).filter(([key]) => !(key in fields));
      edits.set(contact.id, Object.fromEntries(kept));
    }
    return refused;
  }

  return {
    selected,
    query,
    found,
    adding,
    importing,
    edits,
    edited,
    isTouched,
    removed,
    problem,
    undoProblem,
    focusOn,
    open,
    edit,
    change,
    remove,
    undo,
    holdRemoved,
    forgetRemoved,
  };
});
