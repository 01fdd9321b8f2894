import { inviteLifetimeMs, type CallBodyOf } from '#shared/call/messages.ts';
import type { ReceivedCallMessage } from '#shared/ipc/contract.ts';
import { assertNever } from '#shared/result.ts';
import type { ConnectingCall, IncomingRing, Machine, OutgoingCall, Step } from './callState.ts';
import {
  callTimes,
  end,
  isPolite,
  isRecent,
  remember,
  send,
  startTimer,
  tellMedia,
  unchanged,
  withCall,
  withoutRoutes,
} from './callSteps.ts';
import { whileInvited } from './fastAnswer.ts';
import type { MissedCall } from './types.ts';

export type InviteMessage = ReceivedCallMessage & { readonly body: CallBodyOf<'invite'> };

export const isInvite = (message: ReceivedCallMessage): message is InviteMessage =>
  message.body.type === 'invite';

/** Somebody calls: it rings, or is only noted, or becomes one call with ours. */
export function onInvite(state: Machine, message: InviteMessage, at: number): Step {
  const { call } = state;
  if (isRecent(state, message.callId) || message.from === state.own.id) {
    return unchanged(state);
  }
  if (message.ageMs > inviteLifetimeMs) {
    return missed(state, message, 'late', at);
  }
  const again = [{ type: 'dispatch', event: { type: 'message', message } }] as const;
  switch (call.phase) {
    case 'idle':
    case 'ended':
      return ring(state, message, at);
    case 'outgoing':
      return call.peer === message.from ? glare(state, call, message) : busy(state, message, at);
    case 'incoming':
      // The same app calls again: its first call is over, whatever became of the cancel.
      return call.peer === message.from && call.device === message.fromDevice
        ? end(state, call, { reason: 'missed', at, messages: again })
        : busy(state, message, at);
    case 'connecting':
    case 'connected':
    case 'reconnecting':
      // The very device of this call starts another one: its app was started again, and this call is over.
      return call.peer === message.from && call.device === message.fromDevice
        ? end(state, call, { reason: 'peerLeft', at, messages: again })
        : busy(state, message, at);
    default:
      return assertNever(call);
  }
}

function missed(state: Machine, message: InviteMessage, reason: MissedCall['reason'], at: number): Step {
  const { callId, from: peer, body, ageMs } = message;
  const facts = { peer, video: body.media.video, at: at - ageMs };
  return {
    state: remember(state, callId, { missed: facts }),
    effects: [{ type: 'missed', missed: { callId, ...facts, reason } }],
  };
}

function busy(state: Machine, message: InviteMessage, at: number): Step {
  const step = missed(state, message, 'busy', at);
  const call = { callId: message.callId, peer: message.from };
  return { ...step, effects: [send(call, message.fromDevice, { type: 'busy' }), ...step.effects] };
}

function openCallee(state: Machine, message: InviteMessage): Step['effects'] {
  const { description } = message.body;
  return [
    {
      type: 'openSession',
      callId: message.callId,
      role: 'callee',
      polite: isPolite(state, message.from),
    },
    ...(description
      ? [{ type: 'remoteDescription', generation: 0, description, fresh: false } as const]
      : []),
  ];
}

function ring(state: Machine, message: InviteMessage, at: number): Step {
  const { callId, from: peer, fromDevice: device, body, ageMs } = message;
  const { video } = body.media;
  const call: IncomingRing = {
    ...{ phase: 'incoming', direction: 'incoming', role: 'callee' },
    ...{ callId, peer, device, video, startedAt: at - ageMs },
    ...{ early: null, moved: false, broken: null },
    local: { microphone: false, camera: false, screen: false },
    told: { microphone: false, camera: false, screen: false },
    remote: { microphone: true, camera: video, screen: false },
  };
  return withCall(
    withoutRoutes(state),
    call,
    ...openCallee(state, message),
    send(call, device, { type: 'ringing' }),
    startTimer(callId, 'ring', callTimes.incomingRing),
    ...whileInvited(state, message),
  );
}

/**
 * Both dialled. The polite side gives its own call up and takes the other's, with the media it had
 * chosen; the impolite side waits for that. Either order of arrival leads to the same call.
 */
function glare(state: Machine, call: OutgoingCall, message: InviteMessage): Step {
  const { callId, fromDevice: device, body } = message;
  if (!isPolite(state, call.peer)) {
    return withCall(state, { ...call, ignored: { callId, device } });
  }
  const { peer, direction, startedAt, local } = call;
  const taken: ConnectingCall = {
    ...{ phase: 'connecting', role: 'callee', callId, device, peer, direction, startedAt },
    video: body.media.video,
    ...{ restartDue: false, path: 'connecting', agreed: true, retry: false },
    local,
    // What `accept` says: the camera, and nothing of a microphone that is muted already.
    told: { ...local, microphone: true },
    remote: { microphone: true, camera: body.media.video, screen: false },
  };
  return tellMedia(
    remember(withoutRoutes(state), call.callId),
    taken,
    { type: 'cancelTimers' },
    { type: 'closeSession' },
    send(taken, device, { type: 'accept', media: { video: local.camera } }),
    ...openCallee(state, message),
    { type: 'answer' },
    { type: 'openMedia' },
    // Their other devices ring for the call that was given up; their person answers on this one.
    ...(call.invite === 'preparing' ? [] : [send(call, undefined, { type: 'answeredElsewhere', device })]),
    startTimer(callId, 'connect', callTimes.connect),
  );
}
