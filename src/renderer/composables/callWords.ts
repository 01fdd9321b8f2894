import type { DeviceId } from '#shared/identity/ids.ts';
import type { CallSnapshot } from '../engine/types.ts';

type Translate = (key: string, values: Record<string, string | number>, plural: number) => string;
type Outgoing = Extract<CallSnapshot, { phase: 'outgoing' }>;
type Ended = Extract<CallSnapshot, { phase: 'ended' }>;

/** How far a call that was placed has come. */
export function stageText({ stage, devices }: Outgoing, t: Translate): string {
  switch (stage) {
    case 'calling':
      return t('call.calling', {}, 1);
    case 'reached':
      return t('call.reached', { n: devices }, devices);
    case 'ringing':
      return t('call.ringingOn', { n: devices }, Math.max(1, devices));
  }
}

/** Why a call ended; of one taken elsewhere, where. */
export function endText(
  { reason, elsewhere }: Ended,
  t: Translate,
  nameOf: (device: DeviceId) => string | undefined,
): string {
  const device = elsewhere === null ? undefined : nameOf(elsewhere);
  if (device !== undefined && reason === 'answeredElsewhere') {
    return t('end.answeredOn', { device }, 1);
  }
  if (device !== undefined && reason === 'declinedElsewhere') {
    return t('end.declinedOn', { device }, 1);
  }
  return t(`end.${reason}`, {}, 1);
}
