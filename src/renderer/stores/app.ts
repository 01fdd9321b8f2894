import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { formatPeerId, type PeerId } from '#shared/identity/peerId.ts';
import { formatPeerLink, serverForLinks } from '#shared/people/links.ts';
import { asciiAddress } from './asciiAddress.ts';
import { useStorePorts } from './ports.ts';
import { useSettingsStore } from './settings.ts';

export type View = 'calls' | 'contacts' | 'settings';
/** A corner of the call's window. */
export type Corner = 'topLeft' | 'topRight' | 'bottomLeft' | 'bottomRight';

/** Facts about this installation, and which page is open. */
export const useAppStore = defineStore('app', () => {
  const { bridge, info } = useStorePorts();
  const view = ref<View>('calls');
  const shortcutsOpen = ref(false);
  /** What the dial field holds; kept while another page is open. */
  const dialText = ref('');
  /** An id that the person wants in the address book: the form for it opens. */
  const contactToAdd = ref<PeerId | null>(null);
  /** Where the own picture lies in a call; the next call finds it there. */
  const selfCorner = ref<Corner>('bottomRight');

  const settings = useSettingsStore();
  /** Names the server too where it is one that others reach by the same address. */
  const link = computed(() => {
    const { mode, url } = settings.settings.server;
    const server = info.serverOverride ?? (mode === 'remote' ? url : '');
    return formatPeerLink({
      id: info.id,
      server: server === '' ? null : serverForLinks(asciiAddress(server)),
    });
  });

  async function copy(text: string): Promise<boolean> {
    return (await bridge.copyText({ text })).ok;
  }

  return {
    id: info.id,
    version: info.version,
    profile: info.profile,
    keyProtected: info.keyProtected,
    platform: info.platform,
    serverOverride: info.serverOverride,
    view,
    shortcutsOpen,
    dialText,
    selfCorner,
    contactToAdd,
    addContact: (id: PeerId) => {
      contactToAdd.value = id;
    },
    copy,
    copyId: async () => copy(formatPeerId(info.id)),
    link,
    copyLink: async () => copy(link.value),
  };
});
