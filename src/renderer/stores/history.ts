import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import type { CallId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandArgs } from '#shared/ipc/contract.ts';
import { historyRangeRows, type historyFilters, type HistoryEntry } from '#shared/people/history.ts';
import { useStorePorts } from './ports.ts';
import { RowPages } from './RowPages.ts';

export type HistoryFilter = (typeof historyFilters)[number];

const pageRows = historyRangeRows / 2;
/** A thousand rows in memory, of however many there are. */
const maxPages = 10;

/** The calls as main keeps them, newest first; the interface holds the part that is looked at. */
export const useHistoryStore = defineStore('history', () => {
  const { bridge, info, log } = useStorePorts();
  const filter = ref<HistoryFilter>('all');
  const unseen = ref(info.unseenCalls);
  /** Rows that the filter lets through; undefined until they were counted. */
  const total = ref<number | undefined>(undefined);
  /** Why the list could not be read; null when it could. */
  const problem = ref<ErrorCode | null>(null);
  const pages = new RowPages<HistoryEntry>({ pageRows, maxPages });
  /** Goes up with every page that comes: makes `entryAt` reactive without a proxy around each row. */
  const version = shallowRef(0);
  let loading = false;

  /** Gets what is looked at, one page at a time, until it is all here. */
  async function load(): Promise<void> {
    if (loading) {
      return;
    }
    loading = true;
    for (let page = pages.wanted(); page !== undefined; page = pages.wanted()) {
      const { generation } = pages;
      const shown = filter.value;
      const result = await bridge.historyRange({
        filter: shown,
        offset: page * pageRows,
        limit: pageRows,
      });
      if (!result.ok) {
        log.warn('history not read', { code: result.error.code });
        problem.value = result.error.code;
        break;
      }
      if (shown === filter.value) {
        problem.value = null;
        total.value = result.value.total;
        pages.put(page, result.value.entries, generation);
        version.value += 1;
      }
    }
    loading = false;
  }

  bridge.onHistoryChanged((change) => {
    unseen.value = change.unseen;
    pages.outdate();
    void load();
  });

  /** Undefined: not here yet. */
  function entryAt(index: number): HistoryEntry | undefined {
    return version.value === 0 ? undefined : pages.get(index);
  }

  /** Who is in the newest part of the list, as far as it is here. */
  const recentPeers = computed(() => {
    const peers = new Set<PeerId>();
    for (let index = 0; index < pageRows; index += 1) {
      const entry = entryAt(index);
      if (entry !== undefined) {
        peers.add(entry.peer);
      }
    }
    return [...peers];
  });

  /** Says which rows are looked at, both ends included. */
  async function look(first: number, last: number): Promise<void> {
    pages.look(first, last);
    await load();
  }

  async function show(next: HistoryFilter): Promise<void> {
    if (next !== filter.value) {
      filter.value = next;
      total.value = undefined;
      pages.clear();
      await look(0, pageRows - 1);
    }
  }

  /** Missed calls count as looked at. */
  async function markSeen(): Promise<void> {
    const result = await bridge.historySeen({});
    if (!result.ok) {
      log.warn('calls not marked as seen', { code: result.error.code });
    }
  }

  /** Null: done. Main tells of the change in an event. */
  async function remove(what: CommandArgs<'historyRemove'>): Promise<ErrorCode | null> {
    const result = await bridge.historyRemove(what);
    if (!result.ok) {
      log.warn('calls not deleted', { code: result.error.code });
      problem.value = result.error.code;
      return result.error.code;
    }
    problem.value = null;
    return null;
  }

  /** Whether there was any call with this id besides the one named; true also when that cannot be read. */
  async function calledBefore(peer: PeerId, besides: CallId | undefined): Promise<boolean> {
    const result = await bridge.historyRange({ filter: 'all', peer, offset: 0, limit: 2 });
    return !result.ok || result.value.entries.some(({ callId, count }) => callId !== besides || count > 1);
  }

  return {
    filter,
    unseen,
    total,
    problem,
    entryAt,
    recentPeers,
    look,
    show,
    markSeen,
    remove,
    calledBefore,
  };
});
