import { dialog, type BrowserWindow, type OpenDialogOptions } from 'electron';
import type { Locale } from '#shared/settings.ts';
import { mainTexts } from '../services/mainTexts.ts';
import type { RecordingFiles } from '../services/recordings/Recordings.ts';
import { askWhereToSave } from './fileDialogs.ts';

/** Asks over the main window, in the language of the interface, which file a recording goes to or comes from. */
export function createRecordingDialogs(options: {
  readonly mainWindow: () => BrowserWindow | undefined;
  readonly locale: () => Locale;
}): Pick<RecordingFiles, 'choosePlace' | 'chooseFile'> {
  const texts = () => mainTexts(options.locale());
  return {
    async choosePlace(suggestedName) {
      const { recordingSave, recordingFileKind } = texts();
      return askWhereToSave(options.mainWindow(), {
        title: recordingSave,
        suggestedName,
        kind: recordingFileKind,
      });
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
