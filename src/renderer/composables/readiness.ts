import type { DeviceSnapshot, DeviceState } from '../engine/types.ts';

/** The i18n key under `ready.` of the one sentence that says whether a call will work. */
type ReadyHeading = 'looking' | 'ready' | 'voiceOnly' | 'noMicrophone' | 'offline';

export interface Readiness {
  readonly heading: ReadyHeading;
  /** Keys under `ready.detail.`, worst first. */
  readonly details: readonly string[];
}

type Media = 'camera' | 'microphone';

const working = (state: DeviceState): boolean => state.active !== null && state.problem === null;

const detailOf = (kind: Media, state: DeviceState): string => {
  switch (state.problem) {
    case 'MEDIA_DENIED':
    case 'MEDIA_DENIED_BY_SYSTEM':
      return `${kind}Denied`;
    case 'MEDIA_BUSY':
      return `${kind}Busy`;
    case 'MEDIA_FAILED':
      return `${kind}Failed`;
    case 'MEDIA_NONE':
    case null:
      return `${kind}None`;
  }
};

/** What a person has to know before a call, from the devices and the connection. */
export function readinessOf(facts: {
  readonly devices: DeviceSnapshot;
  readonly listed: boolean;
  readonly online: boolean;
  /** The first connection is still being made: nothing is wrong yet. */
  readonly connecting: boolean;
  /** The server will not let this computer in, however long one waits. */
  readonly signedOut: boolean;
  /** The person lets calls go through a relay only. */
  readonly relayOnly: boolean;
}): Readiness {
  const { devices, listed, online, connecting, signedOut, relayOnly } = facts;
  if (!listed) {
    return { heading: 'looking', details: [] };
  }
  const broken = (['microphone', 'camera'] as const).filter((kind) => !working(devices[kind]));
  const details = broken.map((kind) => detailOf(kind, devices[kind]));
  const heading: ReadyHeading =
    !online && !connecting
      ? 'offline'
      : !online
        ? 'looking'
        : broken.includes('microphone')
          ? 'noMicrophone'
          : broken.includes('camera')
            ? 'voiceOnly'
            : 'ready';
  if (details.length === 0) {
    const devicesOnly = signedOut ? 'signedOut' : 'devicesWork';
    const allWork = relayOnly ? 'allWorkRelayed' : 'allWork';
    return { heading, details: [heading === 'offline' ? devicesOnly : allWork] };
  }
  return { heading, details };
}
