import type { CallBodyOf } from '#shared/call/messages.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type {
  AcceptedCall,
  CallEffect,
  ConnectedCall,
  ConnectingCall,
  IncomingRing,
  Machine,
  OutgoingCall,
  PathState,
  Step,
  TransportState,
} from './callState.ts';
import {
  callTimes,
  cancelTimer,
  end,
  noPath,
  send,
  startTimer,
  tellMedia,
  unchanged,
  withCall,
} from './callSteps.ts';
import type { SendingState } from './types.ts';

/**
 * From the moment a person accepts to a call that is connected. The path may stand already, because it was
 * made while it rang (`fastAnswer.ts`).
 */

const restartIce: CallEffect = { type: 'restartIce' };

/** A path that was made while it rang is not there (any more). */
const isBroken = (path: PathState): boolean => path === 'failed' || path === 'disconnected';

/** Connected, once both sides have agreed and the path stands. */
function whenBoth(call: ConnectingCall, at: number): ConnectingCall | ConnectedCall {
  if (!call.agreed || call.path !== 'connected') {
    return call;
  }
  const { path: _path, agreed: _agreed, retry: _retry, ...rest } = call;
  return { ...rest, phase: 'connected', connectedAt: at };
}

const timerOf = (call: AcceptedCall): CallEffect =>
  call.phase === 'connecting'
    ? startTimer(call.callId, 'connect', callTimes.connect)
    : cancelTimer('connect');

/** The person takes a call that rings. */
export function accept(state: Machine, call: IncomingRing, video: boolean, at: number): Step {
  const sending: SendingState = { microphone: true, camera: video, screen: false };
  const { early, moved, broken: failure, ...ring } = call;
  const word = send(call, call.device, { type: 'accept', media: { video } });
  if (failure !== null) {
    const messages = [word, send(call, call.device, { type: 'bye', reason: 'failed' })];
    return end(state, call, { reason: 'failed', code: failure, at, messages });
  }
  const broken = early !== null && isBroken(early);
  const connecting: ConnectingCall = {
    ...ring,
    phase: 'connecting',
    local: sending,
    told: sending,
    restartDue: false,
    path: broken ? 'connecting' : (early ?? 'connecting'),
    // The caller uses an answer that was not early only when this device has the call.
    agreed: early === null,
    retry: early !== null && !broken,
  };
  return withCall(
    state,
    connecting,
    { type: 'cancelTimers' },
    word,
    { type: 'captureMedia', camera: video },
    // Also of a connection that was answered early: the caller may have had another device's answer before.
    ...(early === 'connected' ? [] : [{ type: 'answer' } as const]),
    { type: 'openMedia' },
    // Not waited for: a path that still stands does not change its state in a restart (webrtc-pc, 5.6).
    ...(broken || moved ? [restartIce] : []),
    startTimer(call.callId, 'connect', callTimes.connect),
  );
}

/** The caller learns which device took the call. */
export function accepted(
  state: Machine,
  call: OutgoingCall,
  device: DeviceId,
  camera: boolean,
  at: number,
): Step {
  const { callId, peer, direction, role, video, startedAt, local, told, early, stale } = call;
  const warm = early !== null && early.device === device && !stale ? early.path : null;
  const broken = warm !== null && isBroken(warm);
  const next = whenBoth(
    {
      ...{ callId, peer, direction, role, video, startedAt, local, told, device },
      phase: 'connecting',
      remote: { microphone: true, camera, screen: false },
      restartDue: false,
      path: broken ? 'connecting' : (warm ?? 'connecting'),
      agreed: true,
      retry: warm !== null && !broken,
    },
    at,
  );
  // One connection has one answer: whoever was not connected to, or by a way that is gone, gets a new one.
  const afresh = stale || (early !== null && early.device !== device);
  return tellMedia(
    state,
    next,
    cancelTimer('ring'),
    cancelTimer('noRinging'),
    timerOf(next),
    send(call, undefined, { type: 'answeredElsewhere', device }),
    ...(afresh ? [{ type: 'offerAfresh' } as const] : []),
    { type: 'openMedia' },
    ...(broken ? [restartIce] : []),
  );
}

/** The transport speaks before the call is connected. */
export function pathWhileConnecting(
  state: Machine,
  call: ConnectingCall,
  path: TransportState,
  at: number,
): Step {
  if (path === 'failed') {
    return call.retry
      ? withCall(state, { ...call, path: 'connecting', retry: false }, restartIce)
      : connectFailed(state, call, at);
  }
  return step(state, call, { ...call, path }, at);
}

/** The caller has taken this device's `accept`, or its media are here. */
export const agree = (state: Machine, call: AcceptedCall, at: number): Step =>
  call.phase === 'connecting' && !call.agreed
    ? step(state, call, { ...call, agreed: true }, at)
    : unchanged(state);

/** The caller makes a new connection with this device, because the one that stood while it rang will not do. */
export function startAfresh(
  state: Machine,
  call: AcceptedCall,
  { generation, description }: CallBodyOf<'description'>,
  at: number,
): Step {
  // Word of the caller may have made it a connected call before this came, and the path that the caller has left
  // may have gone. Later on nobody needs another connection: a restart goes on with the one there is.
  const begins = call.phase === 'connecting' || at - call.connectedAt < callTimes.connect;
  if (!begins || call.role !== 'callee' || description.type !== 'offer') {
    return unchanged(state);
  }
  const { callId, peer, direction, role, video, startedAt, local, told, remote, device, restartDue } = call;
  const connecting: ConnectingCall = {
    ...{ callId, peer, direction, role, video, startedAt, local, told, remote, device, restartDue },
    ...{ phase: 'connecting', path: 'connecting', agreed: true, retry: false },
  };
  return withCall(
    state,
    connecting,
    { type: 'remoteDescription', generation, description, fresh: true },
    ...(call.phase === 'reconnecting' ? [cancelTimer('giveUp'), cancelTimer('restart')] : []),
    timerOf(connecting),
  );
}

export const connectFailed = (state: Machine, call: ConnectingCall, at: number): Step =>
  end(state, call, {
    reason: 'connectFailed',
    code: noPath(state),
    at,
    messages: [send(call, call.device, { type: 'bye', reason: 'connectFailed' })],
  });

function step(state: Machine, before: ConnectingCall, after: ConnectingCall, at: number): Step {
  const next = whenBoth(after, at);
  return withCall(state, next, ...(next.phase === before.phase ? [] : [cancelTimer('connect')]));
}
