import { join } from 'node:path';
import { app, dialog, type BrowserWindow, type OpenDialogOptions, type SaveDialogOptions } from 'electron';
import type { Locale } from '#shared/settings.ts';
import { mainTexts } from '../services/mainTexts.ts';
import type { RecordingFiles } from '../services/recordings/Recordings.ts';

/** Asks over the main window, in the language of the interface, which file a recording goes to or comes from. */
export function createRecordingDialogs(options: {
  readonly mainWindow: () => BrowserWindow | undefined;
  readonly locale: () => Locale;
}): Pick<RecordingFiles, 'choosePlace' | 'chooseFile'> {
  const texts = () => mainTexts(options.locale());
  return {
    async choosePlace(suggestedName) {
      const { recordingSave, recordingFileKind } = texts();
      const question: SaveDialogOptions = {
        title: recordingSave,
        defaultPath: join(app.getPath('documents'), suggestedName),
        filters: [{ name: recordingFileKind, extensions: ['json'] }],
        properties: ['createDirectory', 'showOverwriteConfirmation'],
      };
      const window = options.mainWindow();
      const { canceled, filePath } = await (window === undefined
        ? dialog.showSaveDialog(question)
        : dialog.showSaveDialog(window, question));
      return canceled || filePath === '' ? undefined : filePath;
    },

    async chooseFile() {
      const { recordingOpen, recordingFileKind } = texts();
      const question: OpenDialogOptions = {
        title: recordingOpen,
        filters: [{ name: recordingFileKind, extensions: ['json'] }],
        properties: ['openFile'],
      };
      const window = options.mainWindow();
      const { canceled, filePaths } = await (window === undefined
        ? dialog.showOpenDialog(question)
        : dialog.showOpenDialog(window, question));
      return canceled ? undefined : filePaths[0];
    },
  };
}
