import { join } from 'node:path';
import { app, dialog, type BrowserWindow, type SaveDialogOptions } from 'electron';

/**
 * Asks over the window, or over none while there is none, where a JSON file goes; its place among the
 * documents is proposed. Undefined: nowhere, the person changed their mind.
 */
export async function askWhereToSave(
  window: BrowserWindow | undefined,
  file: { readonly title: string; readonly suggestedName: string; readonly kind: string },
): Promise<string | undefined> {
  const question: SaveDialogOptions = {
    title: file.title,
    defaultPath: join(app.getPath('documents'), file.suggestedName),
    filters: [{ name: file.kind, extensions: ['json'] }],
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  };
  const { canceled, filePath } = await (window === undefined
    ? dialog.showSaveDialog(question)
    : dialog.showSaveDialog(window, question));
  return canceled || filePath === '' ? undefined : filePath;
}
