import { ok } from '#shared/result.ts';
import type { CallIce } from '../services/ice/CallIce.ts';
import type { CommandHandlers } from '../shell/ipcHost.ts';

export function createIceHandlers(parts: { readonly ice: CallIce }): Pick<CommandHandlers, 'iceServers'> {
  return { iceServers: async () => ok(await parts.ice.get()) };
}
