import { dialog, type BrowserWindow, type MessageBoxOptions, type MessageBoxReturnValue } from 'electron';
import { formatPeerId } from '#shared/identity/peerId.ts';
import type { Locale } from '#shared/settings.ts';
import type { IdentityDialogs } from '../services/identity/IdentityMover.ts';
import { mainTexts } from '../services/mainTexts.ts';
import { askWhereToSave } from './fileDialogs.ts';

/** Dialogs of the system over the main window, in the language of the interface. */
export function createIdentityDialogs(options: {
  readonly mainWindow: () => BrowserWindow | undefined;
  readonly locale: () => Locale;
}): IdentityDialogs {
  const texts = () => mainTexts(options.locale());
  const ask = async (question: MessageBoxOptions): Promise<MessageBoxReturnValue> => {
    const window = options.mainWindow();
    return window === undefined ? dialog.showMessageBox(question) : dialog.showMessageBox(window, question);
  };
  return {
    async agreeToPhrase() {
      const { phraseQuestion, phraseDetail, phraseShow, cancel } = texts();
      const { response } = await ask({
        type: 'warning',
        message: phraseQuestion,
        detail: phraseDetail,
        buttons: [phraseShow, cancel],
        defaultId: 1,
        cancelId: 1,
        noLink: true,
      });
      return response === 0;
    },

    async agreeToReplace({ next, present }) {
      const { replaceQuestion, replaceDetail, replace, cancel } = texts();
      const { response } = await ask({
        type: 'warning',
        message: replaceQuestion,
        detail: replaceDetail({ next: formatPeerId(next), present: formatPeerId(present) }),
        buttons: [replace, cancel],
        defaultId: 1,
        cancelId: 1,
        noLink: true,
      });
      return response === 0;
    },

    async chooseBackupFile(suggestedName) {
      const { backupTitle, backupFileKind } = texts();
      return askWhereToSave(options.mainWindow(), {
        title: backupTitle,
        suggestedName,
        kind: backupFileKind,
      });
    },

    async tellPicturesLeftOut(count) {
      const { picturesLeftOut, picturesLeftOutDetail, close } = texts();
      await ask({
        type: 'info',
        message: picturesLeftOut(count),
        detail: picturesLeftOutDetail,
        buttons: [close],
      });
    },
  };
}
