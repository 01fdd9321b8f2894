import { guard } from './notImplemented.ts';

/** What a test has the person answer to a dialog of the system. */
export type DialogAnswer =
  | { readonly kind: 'message'; readonly button: number }
  /** `path`: null cancels. */
  | { readonly kind: 'save'; readonly path: string | null }
  | { readonly kind: 'open'; readonly path: string | null };

/** A dialog that the app has shown. */
export interface ShownDialog {
  readonly kind: DialogAnswer['kind'];
  readonly text: string;
  readonly buttons: readonly string[];
  /** What a save dialog suggested. */
  readonly defaultPath: string;
}

/**
 * Dialogs print what they would have shown and are answered as the test said before; without an answer a
 * message box gets its default button, and any other is cancelled.
 */
export class ShellDialogs {
  readonly shown: ShownDialog[] = [];
  readonly exposed: Electron.Dialog;
  readonly #answers: DialogAnswer[] = [];

  constructor() {
    const implementation: Partial<Record<keyof Electron.Dialog, unknown>> = {
      showErrorBox: (title: string, content: string) =>
        void process.stderr.write(`chromium-shell: error box: ${title}: ${content}\n`),
      showMessageBox: async (...args: unknown[]) =>
        Promise.resolve({ response: this.#message(args), checkboxChecked: false }),
      showMessageBoxSync: (...args: unknown[]) => this.#message(args),
      showSaveDialog: async (...args: unknown[]) => Promise.resolve(this.#save(args)),
      showOpenDialog: async (...args: unknown[]) => Promise.resolve(this.#open(args)),
    };
    this.exposed = guard('dialog', implementation);
  }

  answer(next: DialogAnswer): void {
    this.#answers.push(next);
  }

  #message(args: readonly unknown[]): number {
    const { title, message, detail, buttons, defaultId } = (args.at(-1) ?? {}) as Electron.MessageBoxOptions;
    const text = [title, message, detail].filter((part) => part !== undefined).join(' ');
    this.#show({ kind: 'message', text, buttons: buttons ?? [], defaultPath: '' });
    const answer = this.#take('message');
    return answer?.button ?? defaultId ?? 0;
  }

  #save(args: readonly unknown[]): Electron.SaveDialogReturnValue {
    const { title, defaultPath } = (args.at(-1) ?? {}) as Electron.SaveDialogOptions;
    this.#show({ kind: 'save', text: title ?? '', buttons: [], defaultPath: defaultPath ?? '' });
    const path = this.#take('save')?.path ?? null;
    return { canceled: path === null, filePath: path ?? '' };
  }

  #open(args: readonly unknown[]): Electron.OpenDialogReturnValue {
    const { title, defaultPath } = (args.at(-1) ?? {}) as Electron.OpenDialogOptions;
    this.#show({ kind: 'open', text: title ?? '', buttons: [], defaultPath: defaultPath ?? '' });
    const path = this.#take('open')?.path ?? null;
    return { canceled: path === null, filePaths: path === null ? [] : [path] };
  }

  #show(dialog: ShownDialog): void {
    this.shown.push(dialog);
    process.stderr.write(`chromium-shell: ${dialog.kind} dialog: ${dialog.text}\n`);
  }

  /** Answers are given in the order in which the dialogs come; one for another kind is a fault of the test. */
  #take<K extends DialogAnswer['kind']>(kind: K): Extract<DialogAnswer, { kind: K }> | undefined {
    const answer = this.#answers.shift();
    if (answer !== undefined && answer.kind !== kind) {
      throw new Error(`chromium-shell: the test answers a ${answer.kind} dialog, but a ${kind} dialog came`);
    }
    return answer as Extract<DialogAnswer, { kind: K }> | undefined;
  }
}
