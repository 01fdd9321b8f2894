import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import {
  channelPrefix,
  commandNames,
  eventNames,
  type CommandName,
  type EventName,
} from '#shared/ipc/channels.ts';
import type { DesktopBridge } from '#shared/ipc/types.ts';

const invoke =
  (name: CommandName) =>
  async (args: unknown): Promise<unknown> =>
    ipcRenderer.invoke(channelPrefix + name, args);

/** The Electron event stays here: its `sender` would hand the page a way to send on any channel. */
const subscribe = (name: EventName) => (listener: (payload: unknown) => void) => {
  const channel = channelPrefix + name;
  const forward = (_event: IpcRendererEvent, payload: unknown): void => {
    listener(payload);
  };
  ipcRenderer.on(channel, forward);
  return () => {
    ipcRenderer.removeListener(channel, forward);
  };
};

const bridge = Object.fromEntries([
  ...commandNames.map((name) => [name, invoke(name)]),
  ...eventNames.map((name) => [`on${name.charAt(0).toUpperCase()}${name.slice(1)}`, subscribe(name)]),
]) as DesktopBridge;

contextBridge.exposeInMainWorld('peerline', bridge);
