import { assertNever } from '#shared/result.ts';
import type {
  CallEvent,
  ConnectedCall,
  Machine,
  OpenCall,
  ReconnectingCall,
  Step,
  TransportState,
} from './callState.ts';
import { callTimes, cancelTimer, end, isPolite, send, startTimer, unchanged, withCall } from './callSteps.ts';

function restartTimer(state: Machine, call: OpenCall, transportState: TransportState) {
  const grace = transportState === 'failed' ? 0 : callTimes.disconnectedGrace;
  const courtesy = isPolite(state, call.peer) ? callTimes.politeDelay : 0;
  return startTimer(call.callId, 'restart', grace + courtesy);
}

/** The media stop. */
export function interrupted(state: Machine, call: ConnectedCall, transportState: TransportState): Step {
  return withCall(
    state,
    { ...call, phase: 'reconnecting', restartDue: false, peerGone: false },
    startTimer(call.callId, 'giveUp', callTimes.giveUp),
    restartTimer(state, call, transportState),
    // Says nothing new; its receipt tells whether their app still runs.
    send(call, call.device, { type: 'media', ...call.local }, 'reach'),
  );
}

/** The transport speaks during an interruption. */
export function stillInterrupted(
  state: Machine,
  call: ReconnectingCall,
  transportState: TransportState,
): Step {
  switch (transportState) {
    case 'connected': {
      const { restartDue: _due, peerGone: _gone, ...rest } = call;
      return withCall(state, { ...rest, phase: 'connected' }, cancelTimer('giveUp'), cancelTimer('restart'));
    }
    case 'failed':
      return withCall(state, call, restartTimer(state, call, 'failed'));
    case 'disconnected':
      return unchanged(state);
    default:
      return assertNever(transportState);
  }
}

/** Restarts ICE now, or as soon as signaling is back. */
export function restart(state: Machine, call: ReconnectingCall): Step {
  if (!state.online) {
    return withCall(state, { ...call, restartDue: true });
  }
  return withCall(
    state,
    { ...call, restartDue: false },
    { type: 'restartIce' },
    startTimer(call.callId, 'restart', callTimes.restartAgain),
  );
}

/**
 * Nobody there: their app is gone, or only their connection to the server while the media heal alone. That
 * is noted when the interruption begins; the call ends when the offer of the ICE restart reaches nobody too.
 */
export function reached(
  state: Machine,
  call: ReconnectingCall,
  { receipt }: Extract<CallEvent, { type: 'reached' }>,
  at: number,
): Step {
  const gone = receipt.devices.length === 0 && !receipt.stored;
  return gone && call.peerGone
    ? end(state, call, { reason: 'peerLeft', at })
    : withCall(state, { ...call, peerGone: gone });
}
