import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { hasRelay } from '#shared/iceUrls.ts';
import type { IceServer } from '#shared/settings.ts';
import type { IceProbeResult } from '../engine/IceProbe.ts';
import { useStorePorts } from './ports.ts';
import { useSettingsStore } from './settings.ts';

/** What one address of an ICE server answered. */
export interface ProbedAddress {
  readonly url: string;
  readonly result: IceProbeResult;
}

/** What helps two computers to find each other: servers of the settings, and relays of the signaling server. */
export const useIceStore = defineStore('ice', () => {
  const { bridge, probeIce } = useStorePorts();
  const settings = useSettingsStore();
  /** Relays of the signaling server; null until it was asked. */
  const offered = shallowRef<number | null>(null);

  const own = computed(() => settings.settings.iceServers.filter(hasRelay).length);
  /** Whether a call that finds no direct path has no other one either; false while that is not known. */
  const noRelay = computed(() => offered.value === 0 && own.value === 0);

  /** Whether a relay is set up, as far as that is known. */
  const someRelay = computed(() => own.value > 0 || (offered.value ?? 0) > 0);

  async function refresh(): Promise<void> {
    const answer = await bridge.iceServers({});
    if (answer.ok) {
      offered.value = Math.max(0, answer.value.relays - own.value);
    }
  }

  /** Tries each address of a server by itself, because a call is content with the first one that works. */
  async function probe(server: IceServer): Promise<readonly ProbedAddress[]> {
    return Promise.all(
      server.urls.map(async (url) => ({ url, result: await probeIce({ ...server, urls: [url] }) })),
    );
  }

  return { offered, noRelay, someRelay, refresh, probe };
});
