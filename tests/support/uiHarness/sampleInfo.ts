import type { AppInfo } from '#shared/ipc/contract.ts';
import { deviceIdSchema } from '#shared/identity/ids.ts';
import { defaultSettings, type Settings } from '#shared/settings.ts';
import { personId } from './people.ts';

export const sampleInfo = (
  now: number,
  change: Partial<Omit<AppInfo, 'settings'>> & { readonly settings?: Partial<Settings> } = {},
): AppInfo => ({
  version: '0.1.0',
  platform: 'linux',
  profile: 'default',
  id: personId(0),
  deviceId: deviceIdSchema.parse('A'.repeat(22)),
  keyProtected: true,
  systemLocale: 'en',
  signaling: { phase: 'online', url: 'ws://127.0.0.1:7480', since: now },
  ownServer: { phase: 'running', port: 7480, addresses: [] },
  serverOverride: null,
  unseenCalls: 0,
  notices: [],
  ...change,
  settings: { ...defaultSettings(), ...change.settings },
});
