import { app, dialog } from 'electron';
import { localeFor } from './services/locale.ts';
import { mainTexts, type MainTexts } from './services/mainTexts.ts';

/**
 * Says in the language of the system why Peerline cannot start, and ends it. The settings, which may ask for another
 * language, are not read yet.
 */
export function endBeforeStart(why: (texts: MainTexts) => string): void {
  dialog.showErrorBox('Peerline', why(mainTexts(localeFor(app.getLocale()))));
  app.exit(1);
}
