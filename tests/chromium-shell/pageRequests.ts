import type { Asker, ShellSession } from './session.ts';
import type { ShellIpcMain } from './ipc.ts';
import { NotImplementedError } from './notImplemented.ts';

export interface PageRequestPorts {
  readonly session: ShellSession;
  readonly ipcMain: ShellIpcMain;
  readonly clipboard: { text: string };
  readonly openWindow: (request: Electron.HandlerDetails) => void;
  readonly navigate: (url: string) => void;
  readonly preloadFailed: (message: string) => void;
}

interface PageRequest {
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Answers what the scripts of page/ ask; they are the only ones that know the binding. */
export async function answerPage(ports: PageRequestPorts, asker: Asker, text: string): Promise<string> {
  const { kind, data } = JSON.parse(text) as PageRequest;
  const answer = await dispatch(ports, asker, kind, data);
  return JSON.stringify(answer ?? null);
}

async function dispatch(
  ports: PageRequestPorts,
  asker: Asker,
  kind: string,
  data: PageRequest['data'],
): Promise<unknown> {
  const source = { sender: asker.contents, frame: asker.frame };
  switch (kind) {
    case 'ipc.invoke':
      return ports.ipcMain.invoke(source, String(data.channel), String(data.args));
    case 'ipc.send':
      ports.ipcMain.receive(source, String(data.channel), String(data.args));
      return undefined;
    case 'permission.request':
      return ports.session.request(
        asker,
        String(data.permission),
        data.mediaTypes as ('video' | 'audio')[] | undefined,
      );
    case 'permission.check':
      return ports.session.check(
        asker,
        String(data.permission),
        data.mediaType as 'video' | 'audio' | undefined,
      );
    case 'display':
      return ports.session.display(asker, data.audio === true);
    case 'clipboard.write':
      ports.clipboard.text = String(data.text);
      return undefined;
    case 'clipboard.read':
      return ports.clipboard.text;
    case 'window.open':
      ports.openWindow(data as unknown as Electron.HandlerDetails);
      return undefined;
    case 'navigate':
      ports.navigate(String(data.url));
      return undefined;
    case 'preload.error':
      ports.preloadFailed(String(data.message));
      return undefined;
    default:
      throw new NotImplementedError(`the page request '${kind}'`);
  }
}
