import type { BrowserFacts } from './chromiumHost.ts';
import type { DialogAnswer } from './dialogs.ts';
import type { ElectronShell } from './electronModule.ts';
import { preventable } from './preventable.ts';

/** What a launcher asks over the process's IPC channel (`child_process` with an `ipc` stdio). */
export interface ControlRequest {
  readonly id: number;
  readonly method:
    | 'answerDialog'
    | 'attention'
    | 'blurWindow'
    | 'clipboardText'
    | 'closeWindow'
    | 'emitPower'
    | 'isShown'
    | 'openedExternally'
    | 'openUrl'
    | 'pressTray'
    | 'quit'
    | 'setSystemDark'
    | 'shownDialogs';
  readonly argument?: unknown;
}

/** What the shell says: answers by the request's id, and news. */
export type ControlMessage =
  | { readonly type: 'browser'; readonly facts: BrowserFacts }
  | { readonly type: 'window'; readonly id: number; readonly targetId: string }
  | { readonly type: 'relaunch'; readonly appArgs: readonly string[] }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly message: string };

export function tell(message: ControlMessage): void {
  process.send?.(message);
}

/** Answers a launcher; without one there is no channel and nothing happens. */
export function serveControl(shell: ElectronShell): void {
  process.on('message', (request: ControlRequest) => {
    try {
      tell({ type: 'answer', id: request.id, value: answer(shell, request) });
    } catch (error) {
      tell({ type: 'failure', id: request.id, message: String(error) });
    }
  });
  // The launcher has died: nobody is left who could end this instance.
  process.on('disconnect', () => shell.app.exit(1));
}

function answer(shell: ElectronShell, { method, argument }: ControlRequest): unknown {
  switch (method) {
    case 'answerDialog':
      shell.dialogs.answer(argument as DialogAnswer);
      return undefined;
    case 'shownDialogs':
      return shell.dialogs.shown;
    case 'attention':
      return { badge: shell.trays.badge, tray: shell.trays.facts };
    case 'pressTray':
      shell.trays.press(argument as readonly string[]);
      return undefined;
    case 'openUrl':
      shell.app.emit('open-url', preventable({}), String(argument));
      return undefined;
    case 'clipboardText':
      return shell.clipboard.text;
    case 'emitPower':
      shell.emitPower(String(argument));
      return undefined;
    case 'openedExternally':
      return shell.openedExternally;
    case 'closeWindow':
      shell.windows.all.find((window) => window.id === argument)?.close();
      return undefined;
    case 'blurWindow':
      shell.windows.all.find((window) => window.id === argument)?.blur();
      return undefined;
    case 'isShown':
      return shell.windows.all.find((window) => window.id === argument)?.isVisible() ?? false;
    case 'setSystemDark':
      shell.theme.setSystemDark(argument === true);
      return undefined;
    case 'quit':
      shell.app.quit();
      return undefined;
  }
}
