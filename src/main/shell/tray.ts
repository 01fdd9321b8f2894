import { join } from 'node:path';
import { app, Menu, nativeImage, Tray, type BrowserWindow } from 'electron';
import type { Settings } from '#shared/settings.ts';
import type { AttentionPort, AttentionView } from '../services/attention/Attention.ts';

/** The tray icon with its menu, the badge of dock or launcher, and the mark on the taskbar of Windows. */
export function createTray(options: {
  /** The folder `resources`. */
  readonly resources: string;
  readonly platform: NodeJS.Platform;
  readonly mainWindow: () => BrowserWindow | undefined;
  readonly onOpen: () => void;
  readonly onStatus: (status: Settings['status']) => void;
  readonly onQuit: () => void;
}): AttentionPort {
  const { platform, mainWindow, onOpen, onStatus, onQuit } = options;
  const image = (name: string) => nativeImage.createFromPath(join(options.resources, 'tray', `${name}.png`));
  const suffix = platform === 'darwin' ? 'Template' : '';
  const icons = { none: image(`tray${suffix}`), missed: image(`trayMissed${suffix}`) };
  const overlay = image('overlay');
  const tray = new Tray(icons.none);
  tray.on('click', onOpen);

  const menuOf = (view: AttentionView) =>
    Menu.buildFromTemplate([
      { label: view.open, click: onOpen },
      {
        label: view.status,
        submenu: view.statuses.map(({ value, label, checked }) => ({
          label,
          type: 'radio' as const,
          checked,
          click: () => onStatus(value),
        })),
      },
      { type: 'separator' },
      { label: view.quit, click: onQuit },
    ]);

  return {
    show(view) {
      const missed = view.unseen > 0;
      tray.setImage(missed ? icons.missed : icons.none);
      tray.setToolTip(view.text);
      tray.setContextMenu(menuOf(view));
      if (platform === 'win32') {
        mainWindow()?.setOverlayIcon(missed ? overlay : null, missed ? view.text : '');
      } else {
        app.setBadgeCount(view.unseen);
      }
    },
    close: () => tray.destroy(),
  };
}
