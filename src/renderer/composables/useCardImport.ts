import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandArgs } from '#shared/ipc/contract.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { cardFileBytes } from '../contacts/CardReader.ts';
import { nameFromId } from '../contacts/readCard.ts';
import { useAppStore } from '../stores/app.ts';
import { useContactsStore } from '../stores/contacts.ts';
import type {
  CardAnswer,
  CardBatch,
  CardContact,
  CardCounts,
  CardQuestion,
} from '../workers/cardMessages.ts';
import { startCardWorker } from '../workers/startWorkers.ts';
import { WorkerClient } from '../workers/WorkerClient.ts';

type Imported = CommandArgs<'contactsImport'>['contacts'][number];

/** What an import came to; the counts below `cards` are those that gave no contact. */
export interface ImportCounts extends CardCounts {
  readonly added: number;
  readonly changed: number;
  /** Cards with the person's own id. */
  readonly self: number;
  /** Cards about an id that another card of the file named before. */
  readonly twice: number;
  /** Contacts for which the address book has no room. */
  readonly over: number;
}

const noCounts: ImportCounts = {
  cards: 0,
  broken: 0,
  noId: 0,
  wrongId: 0,
  pictures: 0,
  added: 0,
  changed: 0,
  self: 0,
  twice: 0,
  over: 0,
};

/** Keys under `contacts.importProblem.`, besides the codes of failures. */
type FileProblem = 'tooLarge' | 'noCards' | 'unreadable';

export type ImportState =
  | { readonly phase: 'idle'; readonly problem?: FileProblem }
  | { readonly phase: 'running'; readonly progress: number }
  /** `stopped`: why it ended early; what came before is kept. */
  | { readonly phase: 'done'; readonly stopped?: ErrorCode | 'cancelled' | 'unreadable' };

/** Reads a vCard file into the address book, batch by batch, without holding the page up. */
export function useCardImport() {
  const app = useAppStore();
  const store = useContactsStore();
  const state = shallowRef<ImportState>({ phase: 'idle' });
  const counts = shallowRef<ImportCounts>(noCounts);
  const cancelled = ref(false);
  let worker: WorkerClient<CardQuestion, CardAnswer> | undefined;
  onScopeDispose(() => worker?.close());

  /** What main is told: a contact that is there keeps what the card leaves out. */
  function importedOf({ id, name, note, favourite, picture }: CardContact): Imported {
    const present = store.find(id);
    return {
      id,
      name: name ?? present?.name ?? nameFromId(id),
      note: note ?? present?.note ?? '',
      ...(favourite === undefined ? {} : { favourite }),
      ...(picture === undefined ? {} : { picture }),
    };
  }

  /** Leaves out the own id, ids that came before, and what is too much. */
  function choose(batch: CardBatch, seen: Set<PeerId>): readonly Imported[] {
    let { self, twice, over } = counts.value;
    let room = contactBounds.contacts - store.byId.size;
    const chosen: Imported[] = [];
    for (const contact of batch.contacts) {
      if (contact.id === app.id) {
        self += 1;
      } else if (seen.has(contact.id)) {
        twice += 1;
      } else if (store.find(contact.id) === undefined && room <= 0) {
        over += 1;
      } else {
        seen.add(contact.id);
        room -= store.find(contact.id) === undefined ? 1 : 0;
        chosen.push(importedOf(contact));
      }
    }
    counts.value = { ...counts.value, ...batch.counts, self, twice, over };
    return chosen;
  }

  async function keep(contacts: readonly Imported[]): Promise<ErrorCode | undefined> {
    if (contacts.length === 0) {
      return undefined;
    }
    const result = await store.importBatch([...contacts]);
    if (!result.ok) {
      return result.error.code;
    }
    const { added, changed } = counts.value;
    counts.value = {
      ...counts.value,
      added: added + result.value.added,
      changed: changed + result.value.changed,
    };
    return undefined;
  }

  async function readAll(client: WorkerClient<CardQuestion, CardAnswer>): Promise<ImportState> {
    const seen = new Set<PeerId>();
    for (;;) {
      const batch = await client.ask({ what: 'next' });
      if (!('counts' in batch)) {
        return { phase: 'done', stopped: 'unreadable' };
      }
      const stopped = await keep(choose(batch, seen));
      if (stopped !== undefined) {
        return { phase: 'done', stopped };
      }
      if (batch.done) {
        return batch.counts.cards === 0 ? { phase: 'idle', problem: 'noCards' } : { phase: 'done' };
      }
      if (cancelled.value) {
        return { phase: 'done', stopped: 'cancelled' };
      }
      state.value = { phase: 'running', progress: batch.progress };
    }
  }

  async function read(file: File): Promise<void> {
    if (state.value.phase === 'running') {
      return;
    }
    if (file.size > cardFileBytes) {
      state.value = { phase: 'idle', problem: 'tooLarge' };
      return;
    }
    counts.value = noCounts;
    cancelled.value = false;
    state.value = { phase: 'running', progress: 0 };
    const client = new WorkerClient<CardQuestion, CardAnswer>(startCardWorker);
    worker = client;
    try {
      await client.ask({ what: 'open', file });
      state.value = await readAll(client);
    } catch {
      const nothing = counts.value.cards === 0;
      state.value = nothing
        ? { phase: 'idle', problem: 'unreadable' }
        : { phase: 'done', stopped: 'unreadable' };
    }
    client.close();
  }

  /** Kinds of cards that gave no contact, with their numbers; kinds that did not occur are left out. */
  const passedOver = computed(() =>
    (['noId', 'wrongId', 'broken', 'self', 'twice', 'over', 'pictures'] as const)
      .map((kind) => ({ kind, n: counts.value[kind] }))
      .filter(({ n }) => n > 0),
  );

  return {
    state,
    counts,
    passedOver,
    read,
    cancel: () => {
      cancelled.value = true;
    },
    again: () => {
      state.value = { phase: 'idle' };
    },
  };
}
