import { onScopeDispose, ref } from 'vue';
import type { Contact } from '#shared/people/contacts.ts';
import { useContactsStore } from '../stores/contacts.ts';
import type { CardAnswer, CardQuestion } from '../workers/cardMessages.ts';
import { startCardWorker } from '../workers/startWorkers.ts';
import { WorkerClient } from '../workers/WorkerClient.ts';
import { fileNamePart, saveFile } from './saveFile.ts';

/** Contacts whose pictures are in memory at the same time. */
const batchSize = 50;

const two = (value: number) => String(value).padStart(2, '0');

/** `2026-01-31`, by the local calendar. */
const dayStamp = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** Saves contacts as a vCard 4 file. */
export function useCardExport() {
  const store = useContactsStore();
  const worker = new WorkerClient<CardQuestion, CardAnswer>(startCardWorker);
  const busy = ref(false);
  const problem = ref(false);
  onScopeDispose(() => worker.close());

  async function write(contacts: readonly Contact[]): Promise<readonly string[]> {
    const texts: string[] = [];
    for (let from = 0; from < contacts.length; from += batchSize) {
      const batch = contacts.slice(from, from + batchSize);
      const facts = await Promise.all(
        batch.map(async (contact) => ({
          id: contact.id,
          name: contact.name,
          note: contact.note,
          favourite: contact.favourite,
          picture: await store.readPicture(contact),
        })),
      );
      const answer = await worker.ask({ what: 'write', contacts: facts });
      texts.push('text' in answer ? answer.text : '');
    }
    return texts;
  }

  async function save(contacts: readonly Contact[]): Promise<void> {
    if (busy.value) {
      return;
    }
    busy.value = true;
    problem.value = false;
    try {
      const [only] = contacts.length === 1 ? contacts : [];
      const name = fileNamePart(only?.name ?? '') || `peerline-contacts-${dayStamp(new Date())}`;
      saveFile(new Blob([...(await write(contacts))], { type: 'text/vcard;charset=utf-8' }), `${name}.vcf`);
    } catch {
      problem.value = true;
    }
    busy.value = false;
  }

  return { busy, problem, save };
}
