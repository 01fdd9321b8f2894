import { defineStore } from 'pinia';
import { shallowReactive } from 'vue';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { PresenceState } from '#shared/protocol/messages.ts';
import { useStorePorts } from './ports.ts';

/** What contacts let us see of themselves, as main is told by the server. */
export const usePresenceStore = defineStore('presence', () => {
  const { bridge, log } = useStorePorts();
  /** Everybody who is not offline. */
  const states = shallowReactive(new Map<PeerId, PresenceState>());
  /** Ids of which an event told before the list came: the event is newer. */
  let early: Set<PeerId> | undefined = new Set();

  function set(id: PeerId, state: PresenceState): void {
    if (state === 'offline') {
      states.delete(id);
    } else {
      states.set(id, state);
    }
  }

  bridge.onPresenceChanged(({ id, state }) => {
    early?.add(id);
    set(id, state);
  });

  async function load(): Promise<void> {
    const result = await bridge.presenceList({});
    if (result.ok) {
      for (const [id, state] of Object.entries(result.value) as [PeerId, PresenceState][]) {
        if (early?.has(id) !== true) {
          set(id, state);
        }
      }
    } else {
      log.warn('presence not read', { code: result.error.code });
    }
    early = undefined;
  }

  void load();

  return {
    /** `offline` also for those who do not let us see. */
    stateOf: (id: PeerId): PresenceState => states.get(id) ?? 'offline',
  };
});
