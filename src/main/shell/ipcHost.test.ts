import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { commandNames, type CommandName } from '#shared/ipc/channels.ts';
import { ok } from '#shared/result.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { IpcHost, type CommandHandlers } from './ipcHost.ts';

type Listener = (event: unknown, args: unknown) => Promise<unknown>;

const channels = vi.hoisted(() => new Map<string, Listener>());

vi.mock('electron', () => ({
  ipcMain: { handle: (channel: string, listener: Listener) => channels.set(channel, listener) },
}));

const page = 'app://peerline/index.html';

class FakeContents extends EventEmitter {
  readonly mainFrame = { url: page };
  readonly sent: [string, unknown][] = [];
  send = (channel: string, payload: unknown) => this.sent.push([channel, payload]);
}

class FakeWindow extends EventEmitter {
  readonly webContents = new FakeContents();
  isDestroyed = () => false;
}

const asWindow = (window: FakeWindow): BrowserWindow => window as unknown as BrowserWindow;

function setUp() {
  const calls: [string, unknown][] = [];
  const handlers = Object.fromEntries(
    commandNames.map((name) => [
      name,
      (args: unknown) => {
        calls.push([name, args]);
        if (name === 'copyText') {
          throw new Error('clipboard of /home/somebody is broken');
        }
        return ok(null);
      },
    ]),
  ) as unknown as CommandHandlers;
  const host = new IpcHost({ logger: testLogger().logger });
  host.serve(handlers);
  const [main, incoming] = [new FakeWindow(), new FakeWindow()];
  host.attach('main', asWindow(main));
  host.attach('incoming', asWindow(incoming));
  const invoke = async (
    name: CommandName,
    args: unknown,
    from: { sender: unknown; senderFrame: unknown } = {
      sender: main.webContents,
      senderFrame: main.webContents.mainFrame,
    },
  ) => channels.get(`peerline:${name}`)?.(from, args);
  const from = (window: FakeWindow, senderFrame: unknown = window.webContents.mainFrame) => ({
    sender: window.webContents,
    senderFrame,
  });
  return { host, main, incoming, calls, invoke, from };
}

const logged = (context: unknown) => ({ level: 'info', logger: 'x', message: 'm', context });

const refused = { ok: false, error: { code: 'IPC_REFUSED' } };
const nextTurn = async () =>
  new Promise<void>((resolve) => {
    setImmediate(resolve);
  });

beforeEach(() => channels.clear());

describe('IpcHost and callers', () => {
  it('answers the main frame of a window in the right role', async () => {
    const { calls, invoke } = setUp();
    expect(await invoke('settingsGet', {})).toEqual({ ok: true, value: null });
    expect(calls).toEqual([['settingsGet', {}]]);
  });

  it('serves every command of the contract', () => {
    setUp();
    expect([...channels.keys()].sort()).toEqual(commandNames.map((name) => `peerline:${name}`).sort());
  });

  it('refuses a command that is for another window', async () => {
    const { incoming, calls, invoke, from } = setUp();
    expect(await invoke('settingsUpdate', {}, from(incoming))).toMatchObject(refused);
    expect(calls).toEqual([]);
    expect(await invoke('settingsGet', {}, from(incoming))).toMatchObject({ ok: true });
  });

  it('refuses a window that is none of ours, a frame inside a page, and a frame that is gone', async () => {
    const { main, calls, invoke, from } = setUp();
    expect(await invoke('settingsGet', {}, from(new FakeWindow()))).toMatchObject(refused);
    expect(await invoke('settingsGet', {}, from(main, { url: page }))).toMatchObject(refused);
    expect(await invoke('settingsGet', {}, from(main, null))).toMatchObject(refused);
    expect(calls).toEqual([]);
  });

  it.each(['https://example.org/', 'app://peerline.example/', 'about:blank', ''])(
    'refuses a page at %j',
    async (url) => {
      const { main, invoke } = setUp();
      main.webContents.mainFrame.url = url;
      expect(await invoke('settingsGet', {})).toMatchObject(refused);
    },
  );

  it('refuses a window that was closed', async () => {
    const { main, invoke } = setUp();
    main.emit('closed');
    expect(await invoke('settingsGet', {})).toMatchObject(refused);
  });
});

describe('IpcHost and arguments', () => {
  it.each<[CommandName, unknown]>([
    ['copyText', {}],
    ['copyText', { text: 7 }],
    ['copyText', 'text'],
    ['settingsUpdate', { theme: 'purple' }],
    ['callSend', { to: 'nobody', callId: 'x', body: { type: 'ringing' } }],
    ['logWrite', { level: 'info', logger: 'x'.repeat(65), message: '', context: {} }],
    ['logWrite', logged({ nested: {} })],
    ['logWrite', logged({ text: 'x'.repeat(2_049) })],
    ['logWrite', logged(Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, index])))],
  ])('refuses %s with %j', async (name, args) => {
    const { calls, invoke } = setUp();
    expect(await invoke(name, args)).toMatchObject({ ok: false, error: { code: 'IPC_BAD_ARGUMENTS' } });
    expect(calls).toEqual([]);
  });

  it('answers a page whose arguments are nested deeper than a stack', async () => {
    const { invoke } = setUp();
    let deep: unknown = 1;
    for (let level = 0; level < 20_000; level++) {
      deep = [deep];
    }
    expect(await invoke('logWrite', logged({ deep }))).toMatchObject({ ok: false });
  });

  it('answers a page whose arguments break the parser', async () => {
    const { invoke } = setUp();
    const args = Object.defineProperty({}, 'text', {
      get: () => {
        throw new RangeError('too deep');
      },
    });
    expect(await invoke('copyText', args)).toMatchObject({ ok: false, error: { code: 'APP_INTERNAL' } });
  });

  it('never throws across, and says nothing of what went wrong inside', async () => {
    const { invoke } = setUp();
    const answer = await invoke('copyText', { text: 'x' });
    expect(answer).toMatchObject({ ok: false, error: { code: 'APP_INTERNAL' } });
    expect(JSON.stringify(answer)).not.toContain('somebody');
  });
});

describe('IpcHost and events', () => {
  const event = ['peerline:blockedChanged', []];

  it('keeps events until the page is ready, and again after it died or was reloaded', async () => {
    const { host, main, invoke } = setUp();
    host.emit('blockedChanged', []);
    expect(main.webContents.sent).toEqual([]);
    await invoke('appReady', {});
    await nextTurn();
    expect(main.webContents.sent).toEqual([event]);
    for (const gone of ['render-process-gone', 'did-navigate']) {
      main.webContents.sent.length = 0;
      main.webContents.emit(gone);
      host.emit('blockedChanged', []);
      expect(main.webContents.sent).toEqual([]);
      await invoke('appReady', {});
      await nextTurn();
      expect(main.webContents.sent).toEqual([event]);
    }
  });

  it('sends to the incoming window at once, and to nobody when it is closed', () => {
    const { host, incoming } = setUp();
    host.emitToIncoming('incomingChanged', null);
    incoming.emit('closed');
    host.emitToIncoming('incomingChanged', null);
    expect(incoming.webContents.sent).toEqual([['peerline:incomingChanged', null]]);
  });
});
