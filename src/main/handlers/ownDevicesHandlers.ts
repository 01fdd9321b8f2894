import { ok } from '#shared/result.ts';
import type { OwnDevices } from '../services/ownDevices/OwnDevices.ts';
import type { CommandHandlers } from '../shell/ipcHost.ts';

export function createOwnDevicesHandlers(parts: {
  readonly ownDevices: OwnDevices;
}): Pick<CommandHandlers, 'ownDevicesList' | 'ownDeviceRename' | 'ownDeviceSignOut'> {
  const { ownDevices } = parts;
  return {
    ownDevicesList: async () => ok(await ownDevices.list()),
    ownDeviceRename: async ({ device, name }) => ownDevices.rename(device, name),
    ownDeviceSignOut: async ({ device }) => ownDevices.signOut(device),
  };
}
