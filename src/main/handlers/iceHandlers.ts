import { ok } from '#shared/result.ts';
import { hasRelay } from '#shared/settings.ts';
import type { SettingsStore } from '../services/storage/SettingsStore.ts';
import type { CommandHandlers } from '../shell/ipcHost.ts';

export function createIceHandlers(parts: {
  readonly settings: Pick<SettingsStore, 'value'>;
}): Pick<CommandHandlers, 'iceServers'> {
  return {
    iceServers: () => {
      const servers = parts.settings.value.iceServers;
      return ok({ servers, expiresAt: null, relays: servers.filter(hasRelay).length });
    },
  };
}
