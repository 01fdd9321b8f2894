import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { noticeCodes } from '#shared/ipc/contract.ts';
import { followState } from '../followState.ts';
import { useNoticesStore } from './notices.ts';
import { useStorePorts } from './ports.ts';

/** Ids that cannot ring here and to which this computer looks offline. */
export const useBlockedStore = defineStore('blocked', () => {
  const { bridge, log } = useStorePorts();
  const notices = useNoticesStore();
  const ids = shallowRef<readonly PeerId[]>([]);
  /** Why the last change was not kept; null when it was. */
  const problem = ref<ErrorCode | null>(null);

  async function load(): Promise<void> {
    const result = await followState<readonly PeerId[]>({
      read: async () => bridge.blockedList({}),
      onChanged: bridge.onBlockedChanged,
      apply: (next) => (ids.value = next),
    });
    if (!result.ok) {
      log.warn('blocked ids not read', { code: result.error.code });
    }
  }

  /** Null: kept. `say`: in a notice, where the place of the command has no room for the reason. */
  async function set(id: PeerId, blocked: boolean, say?: 'notice'): Promise<ErrorCode | null> {
    const result = await bridge.blockedSet({ id, blocked });
    problem.value = result.ok ? null : result.error.code;
    if (!result.ok) {
      log.warn('block not kept', { code: result.error.code });
      if (say === 'notice') {
        notices.add({ code: noticeCodes.find((code) => code === problem.value) ?? 'STORAGE_FAILED' });
      }
    }
    return problem.value;
  }

  void load();

  return {
    ids,
    problem,
    has: (id: PeerId): boolean => ids.value.includes(id),
    block: async (id: PeerId, say?: 'notice') => set(id, true, say),
    unblock: async (id: PeerId, say?: 'notice') => set(id, false, say),
  };
});
