import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { OwnDevice } from '#shared/people/ownDevices.ts';
import { followState } from '../followState.ts';
import { useStorePorts } from './ports.ts';

/** The computers that hold this identity. */
export const useOwnDevicesStore = defineStore('ownDevices', () => {
  const { bridge, log } = useStorePorts();
  const devices = shallowRef<readonly OwnDevice[]>([]);
  /** Why the last change did not work; null when it did. */
  const problem = ref<ErrorCode | null>(null);

  async function load(): Promise<void> {
    const result = await followState<readonly OwnDevice[]>({
      read: async () => bridge.ownDevicesList({}),
      onChanged: bridge.onOwnDevicesChanged,
      apply: (next) => (devices.value = next),
    });
    if (!result.ok) {
      log.warn('own devices not read', { code: result.error.code });
    }
  }

  const took = (result: Awaited<ReturnType<typeof bridge.ownDeviceRename>>): boolean => {
    problem.value = result.ok ? null : result.error.code;
    if (!result.ok) {
      log.warn('own device not changed', { code: result.error.code });
    }
    return result.ok;
  };

  void load();

  return {
    problem,
    self: computed(() => devices.value.find(({ self }) => self)),
    /** Connected ones first, then by when they were seen. */
    others: computed(() =>
      devices.value
        .filter(({ self }) => !self)
        .sort((a, b) => Number(b.connected) - Number(a.connected) || b.lastSeen - a.lastSeen),
    ),
    /** Undefined: unknown, or not said yet. */
    nameOf: (device: DeviceId): string | undefined => {
      const name = devices.value.find(({ deviceId }) => deviceId === device)?.name;
      return name === '' ? undefined : name;
    },
    rename: async (device: DeviceId, name: string): Promise<boolean> =>
      took(await bridge.ownDeviceRename({ device, name })),
    /** Ends the sessions of another computer. */
    signOut: async (device: DeviceId): Promise<boolean> => took(await bridge.ownDeviceSignOut({ device })),
  };
});
