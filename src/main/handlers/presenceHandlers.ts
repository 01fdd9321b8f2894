import { ok } from '#shared/result.ts';
import type { Presence } from '../services/presence/Presence.ts';
import type { CommandHandlers } from '../shell/ipcHost.ts';

export function createPresenceHandlers(parts: {
  readonly presence: Presence;
}): Pick<CommandHandlers, 'presenceList'> {
  return { presenceList: () => ok(parts.presence.list) };
}
