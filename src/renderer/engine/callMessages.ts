import type { EndReason } from '#shared/call/endReasons.ts';
import type { ByeReason, CallBody } from '#shared/call/messages.ts';
import type { ReceivedCallMessage } from '#shared/ipc/contract.ts';
import { assertNever } from '#shared/result.ts';
import { callerDecided, callerDecidedLater } from './callElsewhere.ts';
import { isInvite, onInvite } from './callInvites.ts';
import type { AcceptedCall, CallEffect, IncomingRing, Machine, Step } from './callState.ts';
import { callTimes, end, isRecent, noPath, send, startTimer, unchanged, withCall } from './callSteps.ts';
import { startAfresh } from './connecting.ts';
import { whileCalling } from './outgoingCall.ts';

/** What a message from a peer does; whatever belongs to no call of ours is dropped or refused. */
export function onMessage(state: Machine, message: ReceivedCallMessage, at: number): Step {
  const { call } = state;
  const { body } = message;
  if (call.phase === 'idle' || call.phase === 'ended' || call.callId !== message.callId) {
    return onForeignMessage(state, message, at);
  }
  if (call.peer !== message.from) {
    return unchanged(state);
  }
  switch (call.phase) {
    case 'outgoing':
      return whileCalling(state, call, message, at);
    case 'incoming':
      return call.device === message.fromDevice ? whileRinging(state, call, body, at) : unchanged(state);
    case 'connecting':
    case 'connected':
    case 'reconnecting':
      if (call.device !== message.fromDevice) {
        return fromOtherDevice(state, call, message);
      }
      return inCall(state, call, body, at);
    default:
      return assertNever(call);
  }
}

/** A message of a call that we are not in. */
function onForeignMessage(state: Machine, message: ReceivedCallMessage, at: number): Step {
  const { body, callId, from, fromDevice } = message;
  if (isInvite(message)) {
    return onInvite(state, message, at);
  }
  if (body.type === 'answeredElsewhere' || body.type === 'declinedElsewhere') {
    return callerDecidedLater(state, from, callId, body);
  }
  if (body.type === 'accept' && isRecent(state, callId)) {
    // They took a call that is over here; without this their side would wait for a connection. Whoever makes
    // call ids up gets no answer.
    return {
      state,
      effects: [send({ callId, peer: from }, fromDevice, { type: 'bye', reason: 'hungUp' })],
    };
  }
  const farewell = state.recent.find((known) => known.callId === callId)?.farewell;
  const goesOn = body.type === 'restart' || (body.type === 'description' && body.generation > 0);
  if (goesOn && farewell?.to === from) {
    // They were away while the call ended, and try to go on with it: a caller by an offer, a callee by its wish.
    const bye = send({ callId, peer: from }, fromDevice, { type: 'bye', reason: farewell.reason });
    return { state, effects: [bye] };
  }
  return unchanged(state);
}

/** The callee hears from the caller before anybody has answered. */
function whileRinging(state: Machine, call: IncomingRing, body: CallBody, at: number): Step {
  switch (body.type) {
    case 'description':
      return withCall(state, call, {
        type: 'remoteDescription',
        generation: body.generation,
        description: body.description,
        fresh: false,
      });
    case 'candidate':
      return withCall(state, call, {
        type: 'remoteCandidate',
        generation: body.generation,
        candidate: body.candidate,
      });
    case 'media': {
      const { microphone, camera, screen } = body;
      return withCall(state, { ...call, remote: { microphone, camera, screen } });
    }
    case 'cancel':
    case 'bye':
      return end(state, call, { reason: 'missed', at });
    case 'answeredElsewhere':
    case 'declinedElsewhere':
      return callerDecided(state, call, body, at);
    case 'invite':
    case 'ringing':
    case 'accept':
    case 'decline':
    case 'busy':
    case 'missed':
    case 'restart':
      return unchanged(state);
    default:
      return assertNever(body);
  }
}

const endOfBye: Record<ByeReason, EndReason> = {
  hungUp: 'peerHungUp',
  left: 'peerLeft',
  failed: 'failed',
  connectFailed: 'connectFailed',
  connectionLost: 'connectionLost',
};

function inCall(state: Machine, call: AcceptedCall, body: CallBody, at: number): Step {
  switch (body.type) {
    case 'description':
      if (body.mode === 'fresh') {
        return startAfresh(state, call, body, at);
      }
      return withCall(
        state,
        call,
        {
          type: 'remoteDescription',
          generation: body.generation,
          description: body.description,
          fresh: false,
        },
        ...laterRestart(call),
      );
    case 'restart':
      return call.role === 'caller'
        ? withCall(state, call, { type: 'remoteRestart', generation: body.generation }, ...laterRestart(call))
        : unchanged(state);
    case 'candidate':
      return withCall(state, call, {
        type: 'remoteCandidate',
        generation: body.generation,
        candidate: body.candidate,
      });
    case 'media': {
      const { microphone, camera, screen } = body;
      return withCall(state, { ...call, remote: { microphone, camera, screen } });
    }
    case 'accept':
      // After an answer that overtook it.
      return call.phase === 'connecting' && call.role === 'caller'
        ? withCall(state, { ...call, remote: { ...call.remote, camera: body.media.video } })
        : unchanged(state);
    case 'bye':
      return end(state, call, {
        reason: endOfBye[body.reason],
        at,
        ...(body.reason === 'connectFailed' ? { code: noPath(state) } : {}),
      });
    case 'cancel':
      return call.role === 'callee' ? end(state, call, { reason: 'peerHungUp', at }) : unchanged(state);
    case 'answeredElsewhere':
    case 'declinedElsewhere':
      return callerDecided(state, call, body, at);
    case 'invite':
    case 'ringing':
    case 'decline':
    case 'busy':
    case 'missed':
      return unchanged(state);
    default:
      return assertNever(body);
  }
}

/** They restart already; ours would be one too many. */
const laterRestart = (call: AcceptedCall): readonly CallEffect[] =>
  call.phase === 'reconnecting' ? [startTimer(call.callId, 'restart', callTimes.restartAgain)] : [];

/** Another device of the peer speaks although one of them is in the call. */
function fromOtherDevice(state: Machine, call: AcceptedCall, message: ReceivedCallMessage): Step {
  if (call.role !== 'caller' || message.body.type !== 'accept') {
    return unchanged(state);
  }
  const told = send(call, message.fromDevice, { type: 'answeredElsewhere', device: call.device });
  return withCall(state, call, told);
}
