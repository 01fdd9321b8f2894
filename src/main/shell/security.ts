import { app, type Session, type WebContents } from 'electron';
import type { WindowRole } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { isPermissionGranted } from '../services/permissions/permissionPolicy.ts';

/** Every page stays where main loaded it: no navigation, no new windows, no embedded pages. */
export function confinePages(logger: Logger): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => {
      logger.warn('new window refused');
      return { action: 'deny' };
    });
    contents.on('will-navigate', (event) => {
      // A reload of the page itself is no navigation away.
      if (event.url !== contents.getURL()) {
        logger.warn('navigation refused');
        event.preventDefault();
      }
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}

/** Answers Chromium's permission questions from the policy. */
export function guardPermissions(options: {
  readonly session: Session;
  /** The role of one of our windows, by its contents. */
  readonly roleOf: (contents: WebContents) => WindowRole | undefined;
  readonly logger: Logger;
}): void {
  const { session, roleOf, logger } = options;
  session.setPermissionRequestHandler((contents, permission, callback, details) => {
    const granted = isPermissionGranted({
      permission,
      url: details.requestingUrl,
      window: roleOf(contents),
      isMainFrame: details.isMainFrame,
      media: 'mediaTypes' in details ? (details.mediaTypes ?? []) : [],
    });
    if (!granted) {
      logger.warn('permission denied', { permission });
    }
    callback(granted);
  });
  session.setPermissionCheckHandler((contents, permission, requestingOrigin, details) =>
    isPermissionGranted({
      permission,
      url: requestingOrigin,
      window: contents === null ? undefined : roleOf(contents),
      isMainFrame: details.isMainFrame,
      media: details.mediaType === undefined ? [] : [details.mediaType],
    }),
  );
  session.setDevicePermissionHandler(() => false);
}
