import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { MediaKind } from '#shared/ipc/contract.ts';
import type { DeviceKind, DeviceOption, DeviceSnapshot, DeviceState, PreviewKinds } from '../engine/types.ts';
import { useStorePorts } from './ports.ts';
import { useSettingsStore } from './settings.ts';

const unknownState: DeviceState = { options: [], preferred: null, active: null, problem: null };

/** Listing devices takes far less than this, milliseconds. */
const listingMs = 2_000;

/** Cameras, microphones and speakers as the engine sees them, and the levels of both ends. */
export const useDevicesStore = defineStore('devices', () => {
  const { bridge, engine, clock } = useStorePorts();
  const settings = useSettingsStore();
  const devices = shallowRef<DeviceSnapshot>({
    camera: unknownState,
    microphone: unknownState,
    speaker: unknownState,
  });
  /** False until the engine has listed the devices for the first time, or had the time to. */
  const listed = ref(false);
  const microphoneLevel = ref(0);
  const remoteLevel = ref(0);

  engine.on('devices', (snapshot) => {
    devices.value = snapshot;
    listed.value = true;
  });
  // Without any device there is nothing to report, and no event comes.
  clock.after(listingMs, () => {
    listed.value = true;
  });
  engine.on('microphoneLevel', (level) => {
    microphoneLevel.value = level;
  });
  engine.on('remoteLevel', (level) => {
    remoteLevel.value = level;
  });

  /** Takes a device, or the system's default with null, now and at every later start. */
  async function prefer(kind: DeviceKind, option: DeviceOption | null): Promise<void> {
    engine.prefer(kind, option);
    await settings.update({ devices: { [kind]: option } });
  }

  /** Opens the camera and the microphone outside of a call, or lets go of them. */
  function setPreview(kinds: PreviewKinds): void {
    engine.setPreview(kinds);
  }

  /** Tries again after a device was busy or a permission was given. */
  function retry(kind: MediaKind): void {
    engine.prefer(kind, devices.value[kind].preferred);
  }

  /** The system's permission for a device that is used outside of the engine; may ask the person. */
  async function access(kind: MediaKind): Promise<'granted' | 'denied' | 'unknown'> {
    const result = await bridge.mediaAccess({ kind });
    return result.ok ? result.value : 'unknown';
  }

  /** Opens the system's privacy page; false where there is none. */
  async function openSystemSettings(kind: MediaKind): Promise<boolean> {
    const result = await bridge.openMediaSettings({ kind });
    return result.ok && result.value;
  }

  return {
    devices,
    listed,
    microphoneLevel,
    remoteLevel,
    prefer,
    setPreview,
    retry,
    access,
    openSystemSettings,
  };
});
