import type { People } from './people.ts';
import type { Post } from './post.ts';
import type { IncomingPopup } from './services/calls/IncomingPopup.ts';
import type { EmbeddedServer } from './services/server/EmbeddedServer.ts';
import type { SignalingClient } from './services/signaling/SignalingClient.ts';
import type { SettingsStore } from './services/storage/SettingsStore.ts';
import type { IpcHost } from './shell/ipcHost.ts';

/** What happens in the services reaches the pages, and the window of an incoming call follows it. */
export function tellPages({
  ipc,
  client,
  ownServer,
  post,
  people,
  settings,
  popup,
}: {
  readonly ipc: IpcHost;
  readonly client: SignalingClient;
  readonly ownServer: EmbeddedServer;
  readonly post: Post;
  readonly people: Pick<People, 'book' | 'blocks' | 'history'>;
  readonly settings: SettingsStore;
  readonly popup: IncomingPopup;
}): void {
  client.on('state', (state) => ipc.emit('signalingState', state));
  ownServer.onState((state) => ipc.emit('ownServerState', state));
  post.courier.on('message', (message) => ipc.emit('callMessage', message));
  post.refusals.onNotable((cause) => ipc.emit('notice', { code: 'PEER_MESSAGE_REFUSED', detail: cause }));
  post.presence.onChanged((change) => ipc.emit('presenceChanged', change));
  post.ownDevices.on('changed', (devices) => ipc.emit('ownDevicesChanged', devices));
  post.ownDevices.on('taken', (taken) => ipc.emit('callTaken', taken));
  people.book.on('changed', (change) => {
    ipc.emit('contactsChanged', change);
    popup.refresh();
  });
  people.blocks.on('changed', (ids) => ipc.emit('blockedChanged', ids));
  people.history.on('changed', (change) => ipc.emit('historyChanged', change));
  const quiet = () => popup.quietChanged(settings.value.status === 'doNotDisturb');
  settings.onChanged((value) => {
    ipc.emit('settingsChanged', value);
    ipc.emitToIncoming('settingsChanged', value);
    quiet();
  });
  quiet();
}
