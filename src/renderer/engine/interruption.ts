import { assertNever } from '#shared/result.ts';
import type {
  AcceptedCall,
  CallEffect,
  CallEvent,
  ConnectedCall,
  Machine,
  OpenCall,
  ReconnectingCall,
  Step,
  TransportState,
} from './callState.ts';
import { callTimes, cancelTimer, end, send, startTimer, unchanged, withCall } from './callSteps.ts';

const restartTimer = (call: OpenCall, transportState: TransportState): CallEffect =>
  startTimer(call.callId, 'restart', transportState === 'failed' ? 0 : callTimes.disconnectedGrace);

/** Says nothing new; its receipt tells whether their app still runs. */
const stillThere = (call: ConnectedCall | ReconnectingCall): CallEffect =>
  send(call, call.device, { type: 'media', ...call.local }, 'reach');

/** The media stop. `awaitedUntil`: until then their app may be away from the server for the same reason. */
export function interrupted(
  state: Machine,
  call: ConnectedCall,
  transportState: TransportState,
  at: number,
  awaitedUntil = at + callTimes.peerGone,
): Step {
  return withCall(
    state,
    { ...call, phase: 'reconnecting', awaitedUntil },
    startTimer(call.callId, 'giveUp', callTimes.giveUp),
    restartTimer(call, transportState),
    stillThere(call),
  );
}

/** Their app has no time to come back: the next receipt that names nobody ends the call. */
export function peerClosed(state: Machine, call: OpenCall, at: number): Step {
  switch (call.phase) {
    case 'connected':
      return interrupted(state, call, 'disconnected', at, at);
    case 'reconnecting':
      return withCall(state, { ...call, awaitedUntil: at }, stillThere(call));
    default:
      return unchanged(state);
  }
}

/** Nothing can be said to the peer any more, and a call that goes on would outlast what its person has decided. */
export function signedOut(state: Machine, at: number): Step {
  const { call } = state;
  switch (call.phase) {
    case 'idle':
    case 'ended':
      return unchanged(state);
    case 'incoming':
      return end(state, call, { reason: 'missed', at });
    case 'outgoing':
    case 'connecting':
    case 'connected':
    case 'reconnecting':
      return end(state, call, { reason: 'signalingDown', code: 'SIGNALING_SIGNED_OUT', at });
    default:
      return assertNever(call);
  }
}

/** The transport speaks during an interruption. */
export function stillInterrupted(
  state: Machine,
  call: ReconnectingCall,
  transportState: TransportState,
): Step {
  switch (transportState) {
    case 'connected': {
      const { awaitedUntil: _until, ...rest } = call;
      return withCall(
        state,
        { ...rest, phase: 'connected', restartDue: false },
        cancelTimer('giveUp'),
        cancelTimer('restart'),
      );
    }
    case 'failed':
      return withCall(state, call, restartTimer(call, 'failed'));
    case 'disconnected':
      return unchanged(state);
    default:
      return assertNever(transportState);
  }
}

/** Restarts ICE now, or as soon as signaling is back. The media go on over the old path, where there is one. */
export function restart(state: Machine, call: AcceptedCall): Step {
  if (!state.online) {
    return withCall(state, { ...call, restartDue: true });
  }
  return withCall(
    state,
    { ...call, restartDue: false },
    { type: 'restartIce' },
    // One that waited for the network to settle is done with this one.
    call.phase === 'reconnecting'
      ? startTimer(call.callId, 'restart', callTimes.restartAgain)
      : cancelTimer('restart'),
  );
}

/** Offers are the caller's: with two at once Chromium loses the picture of the side that gives way. */
export function restartWanted(
  state: Machine,
  { callId, generation }: Extract<CallEvent, { type: 'restartWanted' }>,
): Step {
  const { call } = state;
  if (!('restartDue' in call) || call.callId !== callId) {
    return unchanged(state);
  }
  const report = call.phase === 'reconnecting' ? 'reach' : 'no';
  return withCall(state, call, send(call, call.device, { type: 'restart', generation }, report));
}

/** Signaling came or went. */
export function signalingChanged(state: Machine, online: boolean, at: number): Step {
  const { call } = state;
  const next: Machine = { ...state, online };
  if (!online || !('restartDue' in call)) {
    return unchanged(next);
  }
  // After a restart of the server it knows nobody until they are back.
  const awaited = call.phase === 'reconnecting' ? { ...call, awaitedUntil: at + callTimes.peerBack } : call;
  return call.restartDue ? restart(next, awaited) : withCall(next, awaited);
}

/** The path that is used may be gone, or another one better: both are found by trying. */
export function networkChanged(state: Machine): Step {
  const { call } = state;
  switch (call.phase) {
    case 'idle':
    case 'ended':
      return unchanged(state);
    case 'outgoing':
      return withCall(state, { ...call, stale: true });
    case 'incoming':
      return call.early === null ? unchanged(state) : withCall(state, { ...call, moved: true });
    case 'connecting':
    case 'connected':
    case 'reconnecting':
      return withCall(state, call, startTimer(call.callId, 'restart', callTimes.networkSettle));
    default:
      return assertNever(call);
  }
}

/** Nobody there: their app is gone, or only their connection to the server while the media heal alone. */
export function reached(
  state: Machine,
  call: ReconnectingCall,
  { receipt }: Extract<CallEvent, { type: 'reached' }>,
  at: number,
): Step {
  const gone = receipt.devices.length === 0 && !receipt.stored;
  return gone && at >= call.awaitedUntil ? end(state, call, { reason: 'peerLeft', at }) : unchanged(state);
}
