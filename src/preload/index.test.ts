import type { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { commandNames, eventNames } from '#shared/ipc/channels.ts';
import type { DesktopBridge } from '#shared/ipc/types.ts';

const electron = vi.hoisted(() => ({
  exposed: new Map<string, unknown>(),
  invoked: [] as [string, unknown][],
  ipcRenderer: undefined as EventEmitter | undefined,
}));

vi.mock('electron', async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  const ipcRenderer = Object.assign(new Emitter(), {
    invoke: async (channel: string, args: unknown) => {
      electron.invoked.push([channel, args]);
      return Promise.resolve({ ok: true, value: null });
    },
  });
  electron.ipcRenderer = ipcRenderer;
  return {
    ipcRenderer,
    contextBridge: {
      exposeInMainWorld: (name: string, api: unknown) => electron.exposed.set(name, api),
    },
  };
});

async function loadBridge(): Promise<DesktopBridge> {
  await import('./index.ts');
  return electron.exposed.get('peerline') as DesktopBridge;
}

it('exposes one function for each command and each event, and nothing else', async () => {
  const bridge = await loadBridge();
  expect([...electron.exposed.keys()]).toEqual(['peerline']);
  const events = eventNames.map((name) => `on${name.charAt(0).toUpperCase()}${name.slice(1)}`);
  expect(Object.keys(bridge).sort()).toEqual([...commandNames, ...events].sort());
});

it('passes a command on under its channel and returns the answer', async () => {
  const bridge = await loadBridge();
  expect(await bridge.copyText({ text: 'x' })).toEqual({ ok: true, value: null });
  expect(electron.invoked).toEqual([['peerline:copyText', { text: 'x' }]]);
});

it('gives listeners the payload alone, until they unsubscribe', async () => {
  const bridge = await loadBridge();
  const seen: unknown[][] = [];
  const off = bridge.onBlockedChanged((...args: unknown[]) => seen.push(args));
  electron.ipcRenderer?.emit('peerline:blockedChanged', { sender: 'secret' }, []);
  off();
  electron.ipcRenderer?.emit('peerline:blockedChanged', { sender: 'secret' }, []);
  expect(seen).toEqual([[[]]]);
  expect(electron.ipcRenderer?.listenerCount('peerline:blockedChanged')).toBe(0);
});
