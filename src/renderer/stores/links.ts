import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import { sameServer, type PeerLink } from '#shared/people/links.ts';
import { asciiAddress } from './asciiAddress.ts';
import { useCallStore } from './call.ts';
import { useConnectionStore } from './connection.ts';
import { useNoticesStore } from './notices.ts';
import { useStorePorts } from './ports.ts';
import { useSettingsStore } from './settings.ts';

/** A link that was opened on this computer, or typed; nothing happens before the person has been asked about it. */
export const useLinksStore = defineStore('links', () => {
  const { bridge, info } = useStorePorts();
  const call = useCallStore();
  const connection = useConnectionStore();
  const notices = useNoticesStore();
  const settings = useSettingsStore();
  const opened = shallowRef<PeerLink | null>(null);
  const stays = ref(false);
  /** Why the server was not changed. */
  const problem = ref<ErrorCode | null>(null);

  /** Asks the person about a link. */
  function ask(link: PeerLink): void {
    opened.value = link;
    stays.value = false;
    problem.value = null;
  }

  bridge.onLinkOpened((link) => {
    notices.settle('PEER_LINK_INVALID');
    ask(link);
  });

  /** No call is under way or rings. */
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
    return known.some((url) => sameServer(asciiAddress(url), server));
  }

  /** The server that a link names, when it is not the one in use; else null. */
  const elsewhere = (server: string | null): string | null =>
    server === null || isPresent(server) ? null : server;

  /** The same of the link that is asked about, until the person has decided. */
  const otherServer = computed(() => (stays.value ? null : elsewhere(link.value?.server ?? null)));
  /** The command line names the server for this run; nothing in the app changes that. */
  const serverFixed = info.serverOverride !== null;

  /** Null: done, or nothing to do; else why the server was not changed. */
  async function switchTo(url: string | null): Promise<ErrorCode | null> {
    if (url === null || serverFixed) {
      return null;
    }
    return (await settings.update({ server: { mode: 'remote', url } })) ? null : settings.problem;
  }

  async function switchServer(): Promise<void> {
    problem.value = await switchTo(otherServer.value);
  }

  function close(): void {
    opened.value = null;
  }

  return {
    free,
    link,
    otherServer,
    serverFixed,
    problem,
    ask,
    elsewhere,
    switchTo,
    switchServer,
    stay: () => {
      stays.value = true;
    },
    close,
  };
});
