import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Contact } from '#shared/people/contacts.ts';
import { charactersWithoutReading, searchContacts, type Readings } from '../contacts/contactSearch.ts';
import { startPinyinWorker } from '../workers/startWorkers.ts';
import { WorkerClient } from '../workers/WorkerClient.ts';
import { useContactsStore } from './contacts.ts';
import { useStorePorts } from './ports.ts';

/** Finds contacts. The readings of Chinese names come with the first search, so that starting needs none. */
export const useContactSearchStore = defineStore('contactSearch', () => {
  const { log } = useStorePorts();
  const contacts = useContactsStore();
  const readings = shallowRef<Readings>(new Map());
  let asking = false;

  /** Gets the readings that are missing; until they are here names are found by their own letters only. */
  async function prepare(): Promise<void> {
    const missing = charactersWithoutReading(contacts.sorted, readings.value);
    if (asking || missing === '') {
      return;
    }
    asking = true;
    const worker = new WorkerClient<string, Readings>(startPinyinWorker);
    try {
      const more = await worker.ask(missing);
      readings.value = new Map([...readings.value, ...more]);
    } catch (error) {
      log.warn('no pinyin', { error });
    } finally {
      worker.close();
      asking = false;
    }
  }

  /** All that fit, best first; everybody for an empty text. Depends on the contacts and their readings. */
  function search(text: string): readonly Contact[] {
    return searchContacts(contacts.sorted, text, readings.value);
  }

  return { prepare, search };
});
