import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import { sameServer, type PeerLink } from '#shared/people/links.ts';
import { useCallStore } from './call.ts';
import { useConnectionStore } from './connection.ts';
import { useStorePorts } from './ports.ts';
import { useSettingsStore } from './settings.ts';

/** A link that was opened on this computer; nothing happens before the person has been asked about it. */
export const useLinksStore = defineStore('links', () => {
  const { bridge, info } = useStorePorts();
  const call = useCallStore();
  const connection = useConnectionStore();
  const settings = useSettingsStore();
  const opened = shallowRef<PeerLink | null>(null);
  const stays = ref(false);
  /** Why the server was not changed. */
  const problem = ref<ErrorCode | null>(null);

  bridge.onLinkOpened((link) => {
    opened.value = link;
    stays.value = false;
    problem.value = null;
  });

  const free = computed(() => call.call === undefined || call.call.phase === 'ended');
  /** Waits until no call is under way or rings; of several links the last one counts. */
  const link = computed(() => (free.value ? opened.value : null));

  function isPresent(server: string): boolean {
    const { ownServer } = connection;
    const own = ownServer.phase === 'running' && settings.settings.server.mode === 'own';
    const known = [
      connection.signaling.url,
      ...(own && info.serverOverride === null ? ownServer.addresses : []),
    ];
    return known.some((url) => sameServer(url, server));
  }

  /** The server of the link when that is not the one in use, until the person has decided; else null. */
  const otherServer = computed(() => {
    const server = link.value?.server ?? null;
    return server === null || stays.value || isPresent(server) ? null : server;
  });
  /** The command line names the server for this run; nothing in the app changes that. */
  const serverFixed = info.serverOverride !== null;

  async function switchServer(): Promise<void> {
    const url = otherServer.value;
    if (url === null || serverFixed) {
      return;
    }
    problem.value = (await settings.update({ server: { mode: 'remote', url } })) ? null : settings.problem;
  }

  function close(): void {
    opened.value = null;
  }

  return {
    link,
    otherServer,
    serverFixed,
    problem,
    switchServer,
    stay: () => {
      stays.value = true;
    },
    close,
  };
});
