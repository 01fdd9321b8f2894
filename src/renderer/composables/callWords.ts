import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
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

/** What the words for an end depend on besides the call. */
interface EndFacts {
  /** Undefined: the device has not said how it is called. */
  readonly nameOf: (device: DeviceId) => string | undefined;
  readonly isBlocked: (peer: PeerId) => boolean;
}

/** Why a call ended; of one taken elsewhere, where. */
export function endText({ reason, elsewhere, peer }: Ended, t: Translate, facts: EndFacts): string {
  // To block somebody who rings ends the call as declining does; it is not what the person did.
  if (reason === 'declinedByMe' && facts.isBlocked(peer)) {
    return t('end.blockedByMe', {}, 1);
  }
  const device = elsewhere === null ? undefined : facts.nameOf(elsewhere);
  if (device !== undefined && reason === 'answeredElsewhere') {
    return t('end.answeredOn', { device }, 1);
  }
  if (device !== undefined && reason === 'declinedElsewhere') {
    return t('end.declinedOn', { device }, 1);
  }
  return t(`end.${reason}`, {}, 1);
}
