import type { CallBodyOf } from '#shared/call/messages.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CallEvent, IncomingRing, AcceptedCall, Machine, Step } from './callState.ts';
import { end, isRecent, remember, unchanged, withCall } from './callSteps.ts';
import { agree } from './connecting.ts';

/** Another own device answered or declined a call. */
interface Taken {
  readonly callId: CallId;
  readonly how: 'answered' | 'declined';
  readonly device: DeviceId;
}

const reasonOf = ({ how }: Taken) => (how === 'answered' ? 'answeredElsewhere' : 'declinedElsewhere');

/**
 * The other device itself says so. It stops the ringing here; once this device has accepted too, only the
 * caller decides, so that two that accept at the same moment cannot both give way to each other.
 */
export function takenByOwnDevice(
  state: Machine,
  { taken }: Extract<CallEvent, { type: 'taken' }>,
  at: number,
): Step {
  const { call } = state;
  if (taken.device === state.own.device) {
    return unchanged(state);
  }
  if (call.phase === 'idle' || call.phase === 'ended' || call.callId !== taken.callId) {
    // Not known yet: its invite is still under way and shall not ring.
    return isRecent(state, taken.callId)
      ? notMissed(state, taken)
      : { state: remember(state, taken.callId), effects: [] };
  }
  return call.phase === 'incoming' ? endElsewhere(state, call, taken, at) : unchanged(state);
}

type ElsewhereBody = CallBodyOf<'answeredElsewhere' | 'declinedElsewhere'>;

const takenOf = (callId: CallId, { type, device }: ElsewhereBody): Taken => ({
  callId,
  device,
  how: type === 'answeredElsewhere' ? 'answered' : 'declined',
});

/** The caller says that another device has the call that rings here or was accepted here. */
export function callerDecided(
  state: Machine,
  call: IncomingRing | AcceptedCall,
  body: ElsewhereBody,
  at: number,
): Step {
  if (call.role === 'caller') {
    return unchanged(state);
  }
  if (body.device !== state.own.device) {
    return endElsewhere(state, call, takenOf(call.callId, body), at);
  }
  return call.phase === 'incoming' ? unchanged(state) : agree(state, call, at);
}

/** The same of a call that is over here. */
export function callerDecidedLater(state: Machine, peer: PeerId, callId: CallId, body: ElsewhereBody): Step {
  const { call } = state;
  const taken = takenOf(callId, body);
  if (taken.device === state.own.device) {
    return unchanged(state);
  }
  if (call.phase === 'ended' && call.callId === callId) {
    // The person declined here and answered there at the same moment; the caller heard the answer first.
    const overruled = call.reason === 'declinedByMe' && taken.how === 'answered';
    return call.peer === peer && overruled
      ? withCall(state, { ...call, reason: 'answeredElsewhere', elsewhere: taken.device })
      : notMissed(state, taken, peer);
  }
  return notMissed(state, taken, peer);
}

const endElsewhere = (state: Machine, call: IncomingRing | AcceptedCall, taken: Taken, at: number): Step =>
  end(state, call, { reason: reasonOf(taken), at, elsewhere: taken.device });

/** A call that counts as missed here was taken by another own device: word of that comes in any order. */
function notMissed(state: Machine, taken: Taken, peer?: PeerId): Step {
  const { call } = state;
  const missed = state.recent.find(({ callId }) => callId === taken.callId)?.missed;
  if (missed === undefined || missed === null || (peer !== undefined && missed.peer !== peer)) {
    return unchanged(state);
  }
  const known = remember(state, taken.callId);
  return call.phase === 'ended' && call.callId === taken.callId
    ? withCall(known, { ...call, reason: reasonOf(taken), elsewhere: taken.device })
    : { state: known, effects: [{ type: 'takenElsewhere', call: { ...missed, ...taken } }] };
}
