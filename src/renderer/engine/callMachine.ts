import type { ErrorCode } from '#shared/errors.ts';
import { assertNever } from '#shared/result.ts';
import { onMessage } from './callMessages.ts';
import type {
  CallEvent,
  ConnectedCall,
  Machine,
  OpenCall,
  OutgoingCall,
  ReconnectingCall,
  Step,
  TimerName,
  TransportState,
} from './callState.ts';
import {
  accept,
  callTimes,
  cancelTimer,
  end,
  isPolite,
  send,
  startTimer,
  tellMedia,
  unchanged,
  withCall,
} from './callSteps.ts';
import type { SendingState } from './types.ts';

type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>;

/**
 * The call as a pure function: what a command, a message, a timer or the transport changes, and what is
 * to be done about it. Never throws for any event in any state; what does not fit is dropped.
 * `at`: wall clock, milliseconds since the epoch.
 */
export function step(state: Machine, event: CallEvent, at: number): Step {
  switch (event.type) {
    case 'dial':
      return dial(state, event, at);
    case 'accept':
      return state.call.phase === 'incoming' ? accept(state, state.call, event.video) : unchanged(state);
    case 'decline':
      return decline(state, at);
    case 'hangUp':
      return hangUp(state, at);
    case 'dismiss':
      return state.call.phase === 'ended' ? withCall(state, { phase: 'idle' }) : unchanged(state);
    case 'message':
      return onMessage(state, event.message, at);
    case 'signaling':
      return signaling(state, event.online);
    case 'inviteSent':
      return inviteSent(state, event, at);
    case 'reached':
      return reached(state, event, at);
    case 'localDescription':
      return localDescription(state, event);
    case 'localCandidate':
      return localCandidate(state, event);
    case 'localMedia':
      return localMedia(state, event.local);
    case 'transport':
      return transport(state, event, at);
    case 'sessionFailed':
      return sessionFailed(state, event, at);
    case 'timer':
      return timer(state, event, at);
    default:
      return assertNever(event);
  }
}

/** The call that an event belongs to, if it is still going on. */
function openCall(state: Machine, callId: string): OpenCall | undefined {
  const { call } = state;
  return call.phase !== 'idle' && call.phase !== 'ended' && call.callId === callId ? call : undefined;
}

function dial(state: Machine, event: EventOf<'dial'>, at: number): Step {
  const { callId, peer, video, ringMs } = event;
  if (state.call.phase === 'incoming' && state.call.peer === peer) {
    return accept(state, state.call, video);
  }
  if ((state.call.phase !== 'idle' && state.call.phase !== 'ended') || peer === state.own.id) {
    return unchanged(state);
  }
  const sending: SendingState = { microphone: true, camera: video, screen: false };
  const call: OutgoingCall = {
    ...{ phase: 'outgoing', stage: 'calling', role: 'caller', direction: 'outgoing' },
    ...{ callId, peer, video, ringMs, startedAt: at, local: sending, told: sending },
    ...{ invited: false, delivered: false, ignored: null },
    remote: { microphone: false, camera: false, screen: false },
  };
  return withCall(
    state,
    call,
    { type: 'openSession', callId, role: 'caller', polite: isPolite(state, peer) },
    { type: 'captureMedia', camera: video },
    { type: 'offer' },
  );
}

function decline(state: Machine, at: number): Step {
  const { call } = state;
  if (call.phase !== 'incoming') {
    return unchanged(state);
  }
  const messages = [send(call, call.device, { type: 'decline', reason: 'user' })];
  return end(state, call, { reason: 'declinedByMe', at, messages });
}

/** What stops the peer's devices from ringing for a call that we give up. */
function withdraw(call: OutgoingCall) {
  return [
    ...(call.invited ? [send(call, undefined, { type: 'cancel' })] : []),
    ...(call.ignored
      ? [
          send({ callId: call.ignored.callId, peer: call.peer }, call.ignored.device, {
            type: 'decline',
            reason: 'user',
          }),
        ]
      : []),
  ];
}

function hangUp(state: Machine, at: number): Step {
  const { call } = state;
  switch (call.phase) {
    case 'idle':
    case 'ended':
      return unchanged(state);
    case 'incoming':
      return decline(state, at);
    case 'outgoing':
      return end(state, call, { reason: 'cancelled', at, messages: withdraw(call) });
    case 'connecting':
    case 'connected':
    case 'reconnecting':
      return end(state, call, {
        reason: 'hungUp',
        at,
        messages: [send(call, call.device, { type: 'bye', reason: 'hungUp' })],
      });
    default:
      return assertNever(call);
  }
}

function signaling(state: Machine, online: boolean): Step {
  const next: Machine = { ...state, online };
  const { call } = next;
  if (!online || call.phase !== 'reconnecting' || !call.restartDue) {
    return unchanged(next);
  }
  return restart(next, call);
}

const endsOfInvite: Partial<Record<ErrorCode, 'unknownPeer' | 'signalingDown'>> = {
  PEER_UNKNOWN: 'unknownPeer',
  SIGNALING_OFFLINE: 'signalingDown',
  SIGNALING_TIMEOUT: 'signalingDown',
  SIGNALING_REFUSED: 'signalingDown',
  SIGNALING_REPLACED: 'signalingDown',
};

/** Failures before the invite left this computer. After any other it may have arrived all the same. */
const neverSent: ReadonlySet<ErrorCode> = new Set([
  'PEER_UNKNOWN',
  'PEER_KEY_MISMATCH',
  'PEER_IS_SELF',
  'SEAL_FAILED',
]);

function inviteSent(state: Machine, event: EventOf<'inviteSent'>, at: number): Step {
  const call = openCall(state, event.callId);
  if (call?.phase !== 'outgoing') {
    return unchanged(state);
  }
  const { result } = event;
  if (!result.ok) {
    const { code } = result.error;
    const messages = withdraw({ ...call, invited: !neverSent.has(code) });
    return end(state, call, { reason: endsOfInvite[code] ?? 'failed', at, code, messages });
  }
  const delivered = result.value.devices.length > 0;
  if (!delivered && !result.value.stored && call.stage === 'calling') {
    // A receipt can be wrong when several servers work together; nobody hears a cancel too many.
    return end(state, call, { reason: 'offline', at, messages: withdraw(call) });
  }
  return withCall(
    state,
    { ...call, delivered },
    startTimer(call.callId, 'ring', call.ringMs),
    ...(call.stage === 'calling' ? [startTimer(call.callId, 'noRinging', callTimes.noRinging)] : []),
  );
}

/**
 * Nobody there: their app is gone, or only their connection to the server while the media heal alone. That
 * is noted when the interruption begins; the call ends when the offer of the ICE restart reaches nobody too.
 */
function reached(state: Machine, event: EventOf<'reached'>, at: number): Step {
  const call = openCall(state, event.callId);
  if (call?.phase !== 'reconnecting') {
    return unchanged(state);
  }
  const { devices, stored } = event.receipt;
  const gone = devices.length === 0 && !stored;
  return gone && call.peerGone
    ? end(state, call, { reason: 'peerLeft', at })
    : withCall(state, { ...call, peerGone: gone });
}

function localDescription(state: Machine, event: EventOf<'localDescription'>): Step {
  const call = openCall(state, event.callId);
  if (call === undefined || call.phase === 'incoming') {
    return unchanged(state);
  }
  const { generation, description } = event;
  if (call.phase === 'outgoing') {
    if (generation !== 0 || call.invited) {
      return unchanged(state);
    }
    const invite = { type: 'invite', media: { video: call.video }, description } as const;
    return withCall(state, { ...call, invited: true }, send(call, undefined, invite, 'invite'));
  }
  const body = { type: 'description', generation, description } as const;
  return withCall(state, call, send(call, call.device, body, call.phase === 'reconnecting' ? 'reach' : 'no'));
}

function localCandidate(state: Machine, event: EventOf<'localCandidate'>): Step {
  const call = openCall(state, event.callId);
  if (call === undefined || call.phase === 'incoming') {
    return unchanged(state);
  }
  if (call.phase === 'outgoing' && !call.invited) {
    // The description in the invite carries what was gathered before it.
    return unchanged(state);
  }
  const { generation, candidate } = event;
  const device = call.phase === 'outgoing' ? undefined : call.device;
  return withCall(state, call, send(call, device, { type: 'candidate', generation, candidate }));
}

function localMedia(state: Machine, local: SendingState): Step {
  const { call } = state;
  switch (call.phase) {
    case 'idle':
    case 'ended':
    case 'incoming':
      return unchanged(state);
    case 'outgoing':
      return withCall(state, { ...call, local });
    case 'connecting':
    case 'connected':
    case 'reconnecting':
      return tellMedia(state, { ...call, local });
    default:
      return assertNever(call);
  }
}

function transport(state: Machine, event: EventOf<'transport'>, at: number): Step {
  const call = openCall(state, event.callId);
  switch (call?.phase) {
    case undefined:
    case 'outgoing':
    case 'incoming':
      return unchanged(state);
    case 'connecting':
      if (event.state === 'connected') {
        return withCall(state, { ...call, phase: 'connected', connectedAt: at }, cancelTimer('connect'));
      }
      return event.state === 'failed' ? connectFailed(state, call, at) : unchanged(state);
    case 'connected':
      return event.state === 'connected' ? unchanged(state) : interrupted(state, call, event.state);
    case 'reconnecting':
      return stillInterrupted(state, call, event.state);
    default:
      return assertNever(call);
  }
}

function connectFailed(state: Machine, call: Extract<OpenCall, { phase: 'connecting' }>, at: number): Step {
  return end(state, call, {
    reason: 'connectFailed',
    code: 'CALL_TRANSPORT_FAILED',
    at,
    messages: [send(call, call.device, { type: 'bye', reason: 'connectFailed' })],
  });
}

function restartTimer(state: Machine, call: OpenCall, transportState: TransportState) {
  const grace = transportState === 'failed' ? 0 : callTimes.disconnectedGrace;
  const courtesy = isPolite(state, call.peer) ? callTimes.politeDelay : 0;
  return startTimer(call.callId, 'restart', grace + courtesy);
}

function interrupted(state: Machine, call: ConnectedCall, transportState: TransportState): Step {
  return withCall(
    state,
    { ...call, phase: 'reconnecting', restartDue: false, peerGone: false },
    startTimer(call.callId, 'giveUp', callTimes.giveUp),
    restartTimer(state, call, transportState),
    // Says nothing new; its receipt tells whether their app still runs.
    send(call, call.device, { type: 'media', ...call.local }, 'reach'),
  );
}

function stillInterrupted(state: Machine, call: ReconnectingCall, transportState: TransportState): Step {
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

function restart(state: Machine, call: ReconnectingCall): Step {
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

function sessionFailed(state: Machine, event: EventOf<'sessionFailed'>, at: number): Step {
  const call = openCall(state, event.callId);
  if (call === undefined) {
    return unchanged(state);
  }
  const messages =
    call.phase === 'outgoing' ? withdraw(call) : [send(call, call.device, { type: 'bye', reason: 'failed' })];
  return end(state, call, { reason: 'failed', code: event.code, at, messages });
}

function timer(state: Machine, event: EventOf<'timer'>, at: number): Step {
  const call = openCall(state, event.callId);
  return call === undefined ? unchanged(state) : timedOut(state, call, event.name, at);
}

function timedOut(state: Machine, call: OpenCall, name: TimerName, at: number): Step {
  switch (name) {
    case 'ring':
      if (call.phase === 'outgoing') {
        return end(state, call, { reason: 'noAnswer', at, messages: withdraw(call) });
      }
      return call.phase === 'incoming' ? end(state, call, { reason: 'missed', at }) : unchanged(state);
    case 'noRinging':
      if (call.phase === 'outgoing' && call.stage === 'calling' && !call.delivered) {
        return end(state, call, { reason: 'offline', at, messages: withdraw(call) });
      }
      return unchanged(state);
    case 'connect':
      return call.phase === 'connecting' ? connectFailed(state, call, at) : unchanged(state);
    case 'restart':
      return call.phase === 'reconnecting' ? restart(state, call) : unchanged(state);
    case 'giveUp':
      if (call.phase !== 'reconnecting') {
        return unchanged(state);
      }
      return end(state, call, {
        reason: 'connectionLost',
        at,
        messages: [send(call, call.device, { type: 'bye', reason: 'connectionLost' })],
      });
    default:
      return assertNever(name);
  }
}
