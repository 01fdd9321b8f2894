import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { RecentCall } from '#shared/ipc/contract.ts';
import { useStorePorts } from './ports.ts';

/** The last call with every id, newest first. */
export const useRecentsStore = defineStore('recents', () => {
  const { bridge, log } = useStorePorts();
  const recents = shallowRef<readonly RecentCall[]>([]);
  const loaded = ref(false);

  const show = (calls: readonly RecentCall[]) => {
    recents.value = [...calls].sort((a, b) => b.at - a.at);
    loaded.value = true;
  };

  bridge.onRecentsChanged(show);

  async function load(): Promise<void> {
    const result = await bridge.recentsList({});
    if (result.ok) {
      show(result.value);
    } else {
      loaded.value = true;
      log.warn('recent calls not read', { code: result.error.code });
    }
  }

  async function record(call: RecentCall): Promise<void> {
    const result = await bridge.recentsRecord({ call });
    if (!result.ok) {
      log.warn('recent call not kept', { code: result.error.code });
    }
  }

  async function remove(id: PeerId): Promise<void> {
    const result = await bridge.recentsRemove({ id });
    if (!result.ok) {
      log.warn('recent call not removed', { code: result.error.code });
    }
  }

  return { recents, loaded, load, record, remove };
});
