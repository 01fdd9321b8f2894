import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { useAppStore } from './app.ts';
import { useContactSearchStore } from './contactSearch.ts';
import { useContactsStore } from './contacts.ts';
import { useStorePorts } from './ports.ts';

/** A contact that was just removed and can come back. */
export interface RemovedContact {
  readonly id: PeerId;
  readonly name: string;
}

/** How long the offer to undo stays, milliseconds: time to read it, and to change one's mind. */
const undoMs = 10_000;

/** What is open on the contacts page; kept while another page is. */
export const useContactsPageStore = defineStore('contactsPage', () => {
  const { clock } = useStorePorts();
  const app = useAppStore();
  const contacts = useContactsStore();
  const finder = useContactSearchStore();
  const selected = ref<PeerId | null>(null);
  const query = ref('');
  /** What the search lets through, best first; undefined while nothing is searched for. */
  const found = computed(() => (query.value.trim() === '' ? undefined : finder.search(query.value)));
  const adding = ref(false);
  const importing = ref(false);
  const removed = shallowRef<RemovedContact | null>(null);
  /** Why the last removal, or the last undo, did not work. */
  const problem = ref<ErrorCode | null>(null);

  function open(id: PeerId): void {
    selected.value = id;
    query.value = '';
    app.view = 'contacts';
  }

  async function remove(id: PeerId): Promise<void> {
    const name = contacts.nameOf(id) ?? '';
    problem.value = await contacts.remove(id);
    if (problem.value !== null) {
      return;
    }
    if (selected.value === id) {
      selected.value = null;
    }
    const offer = { id, name };
    removed.value = offer;
    clock.after(undoMs, () => {
      if (removed.value === offer) {
        removed.value = null;
      }
    });
  }

  async function undo(): Promise<void> {
    const offer = removed.value;
    removed.value = null;
    if (offer === null) {
      return;
    }
    problem.value = await contacts.restore(offer.id);
    if (problem.value === null) {
      open(offer.id);
    } else {
      removed.value ??= offer;
    }
  }

  return {
    selected,
    query,
    found,
    adding,
    importing,
    removed,
    problem,
    open,
    remove,
    undo,
    dismissRemoved: () => {
      removed.value = null;
    },
  };
});
