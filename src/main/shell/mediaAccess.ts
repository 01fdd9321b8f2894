import { shell, systemPreferences } from 'electron';
import type { MediaKind } from '#shared/ipc/contract.ts';

type Access = 'granted' | 'denied' | 'unknown';

const statuses: Readonly<Record<string, Access>> = {
  granted: 'granted',
  denied: 'denied',
  restricted: 'denied',
};

/** The system's permission for a device kind; macOS is the only system where an app can ask the person. */
export async function mediaAccess(kind: MediaKind, platform: NodeJS.Platform): Promise<Access> {
  if (platform !== 'darwin' && platform !== 'win32') {
    return 'unknown';
  }
  const status = systemPreferences.getMediaAccessStatus(kind);
  if (platform === 'darwin' && status === 'not-determined') {
    return (await systemPreferences.askForMediaAccess(kind)) ? 'granted' : 'denied';
  }
  return statuses[status] ?? 'unknown';
}

const settingsPages: Readonly<Partial<Record<NodeJS.Platform, Readonly<Record<MediaKind, string>>>>> = {
  darwin: {
    camera: 'x-apple.systempreferences:com.apple.preference.security?Privacy_Camera',
    microphone: 'x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone',
  },
  win32: { camera: 'ms-settings:privacy-webcam', microphone: 'ms-settings:privacy-microphone' },
};

/** Opens the system's privacy page; false where the system has none. */
export async function openMediaSettings(kind: MediaKind, platform: NodeJS.Platform): Promise<boolean> {
  const page = settingsPages[platform]?.[kind];
  if (page === undefined) {
    return false;
  }
  await shell.openExternal(page);
  return true;
}
