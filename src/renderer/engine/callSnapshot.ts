import { assertNever } from '#shared/result.ts';
import type { CallState, EndedCall, OpenCall, OutgoingCall } from './callState.ts';
import type { CallSnapshot } from './types.ts';

const factsOf = (call: OpenCall | EndedCall) => ({
  callId: call.callId,
  peer: call.peer,
  direction: call.direction,
  video: call.video,
  startedAt: call.startedAt,
  local: call.local,
  remote: call.remote,
});

/** How far an outgoing call has come; a device that has refused counts as reached all the same. */
function reachOf({ devices }: OutgoingCall): {
  readonly stage: 'calling' | 'reached' | 'ringing';
  readonly devices: number;
} {
  const ringing = [...devices.values()].filter((answer) => answer === 'ringing').length;
  if (ringing > 0) {
    return { stage: 'ringing', devices: ringing };
  }
  return { stage: devices.size > 0 ? 'reached' : 'calling', devices: devices.size };
}

/** What the interface may see of a state. */
export function snapshotOf(call: CallState): CallSnapshot | undefined {
  switch (call.phase) {
    case 'idle':
      return undefined;
    case 'outgoing':
      return { ...factsOf(call), phase: call.phase, ...reachOf(call) };
    case 'incoming':
    case 'connecting':
      return { ...factsOf(call), phase: call.phase };
    case 'connected':
    case 'reconnecting':
      return { ...factsOf(call), phase: call.phase, connectedAt: call.connectedAt };
    case 'ended':
      return {
        ...factsOf(call),
        phase: call.phase,
        reason: call.reason,
        code: call.code,
        elsewhere: call.elsewhere,
        notice: call.notice,
        connectedAt: call.connectedAt,
        endedAt: call.endedAt,
      };
    default:
      return assertNever(call);
  }
}
