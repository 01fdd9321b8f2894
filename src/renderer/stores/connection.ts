import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { OwnServerState, SignalingState } from '#shared/signalingState.ts';
import { useStorePorts } from './ports.ts';

/** The way to the signaling server, and the server inside the app. */
export const useConnectionStore = defineStore('connection', () => {
  const { bridge, info, log } = useStorePorts();
  const signaling = shallowRef<SignalingState>(info.signaling);
  const ownServer = shallowRef<OwnServerState>(info.ownServer);
  const retrying = shallowRef(false);

  bridge.onSignalingState((state) => {
    signaling.value = state;
  });
  bridge.onOwnServerState((state) => {
    ownServer.value = state;
  });

  const online = computed(() => signaling.value.phase === 'online');

  async function retry(): Promise<void> {
    retrying.value = true;
    const result = await bridge.signalingRetry({});
    retrying.value = false;
    if (!result.ok) {
      log.warn('retry refused', { code: result.error.code });
    }
  }

  return { signaling, ownServer, online, retrying, retry };
});
