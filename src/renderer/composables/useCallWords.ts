import { useI18n } from 'vue-i18n';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { CallSnapshot } from '../engine/types.ts';
import { useBlockedStore } from '../stores/blocked.ts';
import { useOwnDevicesStore } from '../stores/ownDevices.ts';
import { endText, stageText } from './callWords.ts';
import { inSentence } from './display.ts';

/** The words for a call in the person's language, with the names of the own devices and who is blocked. */
export function useCallWords(): {
  readonly stageOf: (call: Extract<CallSnapshot, { phase: 'outgoing' }>) => string;
  readonly endOf: (call: Extract<CallSnapshot, { phase: 'ended' }>) => string;
} {
  const { t } = useI18n();
  const devices = useOwnDevicesStore();
  const blocked = useBlockedStore();
  const nameOf = (device: DeviceId): string | undefined => {
    const name = devices.nameOf(device);
    return name === undefined ? undefined : inSentence(name);
  };
  return {
    stageOf: (call) => stageText(call, t),
    endOf: (call) => endText(call, t, { nameOf, isBlocked: blocked.has }),
  };
}
