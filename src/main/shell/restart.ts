import { app } from 'electron';

/** Ends the app in good order and starts it again with the same options. An AppImage is started as the file it is. */
export function restartApp(args: readonly string[], appImage: string | undefined): void {
  app.relaunch({ args: [...args], ...(appImage === undefined ? {} : { execPath: appImage }) });
  app.quit();
}
