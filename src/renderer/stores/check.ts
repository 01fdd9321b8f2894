import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { CallCheck } from '../engine/CallCheck.ts';
import { checkVerdict, type CheckItem } from '../engine/callCheckSteps.ts';
import { useConnectionStore } from './connection.ts';
import { useDevicesStore } from './devices.ts';
import { useStorePorts } from './ports.ts';
import { useSettingsStore } from './settings.ts';

/** "Can I call?": tries once what a call needs, and holds the devices only as long. */
export const useCheckStore = defineStore('check', () => {
  const { bridge, engine, probeIce, probeNat, pictureBrightness, clock, log } = useStorePorts();
  const connection = useConnectionStore();
  const devices = useDevicesStore();
  const settings = useSettingsStore();
  const open = ref(false);
  const items = shallowRef<readonly CheckItem[]>([]);
  /** Camera and microphone are to be open, whatever the preview does. */
  const devicesWanted = ref(false);
  const engaged = ref(false);
  let check: CallCheck | undefined;

  function start(): void {
    check?.close();
    if (engaged.value) {
      return;
    }
    open.value = true;
    const next = new CallCheck({
      ports: {
        signaling: () => connection.signaling,
        devices: () => (devices.listed ? devices.devices : null),
        setDevices: (on) => {
          devicesWanted.value = on;
        },
        onLevel: (listener) => engine.on('microphoneLevel', listener),
        brightness: pictureBrightness,
        iceServers: async () => bridge.iceServers({}),
        ...{ probeIce, probeNat, clock },
        relayOnly: settings.settings.network.relayOnly,
        logger: log,
      },
      onChange: (found) => {
        if (check === next) {
          items.value = found;
        }
      },
    });
    check = next;
    void next.run();
  }

  function close(): void {
    check?.close();
    check = undefined;
    open.value = false;
  }

  // A call goes first: it needs the devices, and its own path.
  engine.on('call', (call) => {
    engaged.value = call !== undefined && call.phase !== 'incoming' && call.phase !== 'ended';
    if (engaged.value && open.value) {
      close();
    }
  });

  return {
    open,
    items,
    devicesWanted,
    verdict: computed(() => checkVerdict(items.value)),
    start,
    /** Whether the person heard the tone. */
    answer: (heard: boolean) => check?.answer(heard),
    close,
  };
});
