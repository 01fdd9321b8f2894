import type { EndReason } from '#shared/call/endReasons.ts';
import { inviteLifetimeMs, type ByeReason, type CallBody, type CallBodyOf } from '#shared/call/messages.ts';
import type { ReceivedCallMessage } from '#shared/ipc/contract.ts';
import { assertNever } from '#shared/result.ts';
import type { AcceptedCall, ConnectingCall, IncomingRing, Machine, OutgoingCall, Step } from './callState.ts';
import {
  accepted,
  callTimes,
  cancelTimer,
  end,
  isPolite,
  remember,
  send,
  startTimer,
  tellMedia,
  unchanged,
  withCall,
} from './callSteps.ts';
import type { MissedCall } from './types.ts';

type Message<T extends CallBody['type'] = CallBody['type']> = ReceivedCallMessage & {
  readonly body: CallBodyOf<T>;
};

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

const isInvite = (message: ReceivedCallMessage): message is Message<'invite'> =>
  message.body.type === 'invite';

/** A message of a call that we are not in. */
function onForeignMessage(state: Machine, message: ReceivedCallMessage, at: number): Step {
  if (isInvite(message)) {
    return onInvite(state, message, at);
  }
  if (message.body.type === 'accept' && state.recent.includes(message.callId)) {
    // They took a call that is over here; without this their side would wait for a connection. Whoever makes
    // call ids up gets no answer.
    const call = { callId: message.callId, peer: message.from };
    return {
      state,
      effects: [send(call, message.fromDevice, { type: 'bye', reason: 'hungUp' })],
    };
  }
  return unchanged(state);
}

function onInvite(state: Machine, message: Message<'invite'>, at: number): Step {
  const { call } = state;
  if (state.recent.includes(message.callId) || message.from === state.own.id) {
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

function missed(state: Machine, message: Message<'invite'>, reason: MissedCall['reason'], at: number): Step {
  const { callId, from: peer, body, ageMs } = message;
  const call: MissedCall = { callId, peer, video: body.media.video, at: at - ageMs, reason };
  return { state: remember(state, callId), effects: [{ type: 'missed', missed: call }] };
}

function busy(state: Machine, message: Message<'invite'>, at: number): Step {
  const step = missed(state, message, 'busy', at);
  const call = { callId: message.callId, peer: message.from };
  return { ...step, effects: [send(call, message.fromDevice, { type: 'busy' }), ...step.effects] };
}

function openCallee(state: Machine, message: Message<'invite'>): Step['effects'] {
  const { description } = message.body;
  return [
    {
      type: 'openSession',
      callId: message.callId,
      role: 'callee',
      polite: isPolite(state, message.from),
    },
    ...(description ? [{ type: 'remoteDescription', generation: 0, description } as const] : []),
  ];
}

function ring(state: Machine, message: Message<'invite'>, at: number): Step {
  const { callId, from: peer, fromDevice: device, body, ageMs } = message;
  const { video } = body.media;
  const call: IncomingRing = {
    ...{ phase: 'incoming', direction: 'incoming', role: 'callee' },
    ...{ callId, peer, device, video, startedAt: at - ageMs },
    local: { microphone: false, camera: false, screen: false },
    told: { microphone: false, camera: false, screen: false },
    remote: { microphone: true, camera: video, screen: false },
  };
  return withCall(
    state,
    call,
    ...openCallee(state, message),
    send(call, device, { type: 'ringing' }),
    startTimer(callId, 'ring', callTimes.incomingRing),
  );
}

/**
 * Both dialled. The polite side gives its own call up and takes the other's, with the media it had
 * chosen; the impolite side waits for that. Either order of arrival leads to the same call.
 */
function glare(state: Machine, call: OutgoingCall, message: Message<'invite'>): Step {
  const { callId, fromDevice: device, body } = message;
  if (!isPolite(state, call.peer)) {
    return withCall(state, { ...call, ignored: { callId, device } });
  }
  const { peer, direction, startedAt, local } = call;
  const taken: ConnectingCall = {
    ...{ phase: 'connecting', role: 'callee', callId, device, peer, direction, startedAt },
    video: body.media.video,
    local,
    // What `accept` says: the camera, and nothing of a microphone that is muted already.
    told: { ...local, microphone: true },
    remote: { microphone: true, camera: body.media.video, screen: false },
  };
  return tellMedia(
    remember(state, call.callId),
    taken,
    { type: 'cancelTimers' },
    { type: 'closeSession' },
    send(taken, device, { type: 'accept', media: { video: local.camera } }),
    ...openCallee(state, message),
    { type: 'answer' },
    ...(call.invited ? [send(call, undefined, { type: 'cancel' })] : []),
    startTimer(callId, 'connect', callTimes.connect),
  );
}

/** The caller hears from the devices of the callee. */
function whileCalling(state: Machine, call: OutgoingCall, message: ReceivedCallMessage, at: number): Step {
  const { body, fromDevice } = message;
  const stopOthers = [send(call, undefined, { type: 'cancel' })];
  switch (body.type) {
    case 'ringing':
      return withCall(state, { ...call, stage: 'ringing', delivered: true }, cancelTimer('noRinging'));
    case 'accept':
      return accepted(state, call, fromDevice, body.media.video);
    case 'description': {
      // An answer that overtook its accept.
      if (body.description.type !== 'answer') {
        return unchanged(state);
      }
      const step = accepted(state, call, fromDevice, call.video);
      const { generation, description } = body;
      return { ...step, effects: [...step.effects, { type: 'remoteDescription', generation, description }] };
    }
    case 'candidate':
      return withCall(state, call, {
        type: 'remoteCandidate',
        generation: body.generation,
        candidate: body.candidate,
      });
    case 'decline': {
      const reason: EndReason = body.reason === 'noDevice' ? 'noAnswer' : 'declined';
      return end(state, call, { reason, at, messages: stopOthers });
    }
    case 'busy':
      return end(state, call, { reason: 'busy', at, messages: stopOthers });
    case 'invite':
    case 'cancel':
    case 'media':
    case 'answeredElsewhere':
    case 'bye':
      return unchanged(state);
    default:
      return assertNever(body);
  }
}

/** The callee hears from the caller before anybody has answered. */
function whileRinging(state: Machine, call: IncomingRing, body: CallBody, at: number): Step {
  switch (body.type) {
    case 'description':
      return withCall(state, call, {
        type: 'remoteDescription',
        generation: body.generation,
        description: body.description,
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
      return body.device === state.own.device
        ? unchanged(state)
        : end(state, call, { reason: 'answeredElsewhere', at });
    case 'invite':
    case 'ringing':
    case 'accept':
    case 'decline':
    case 'busy':
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
      return withCall(
        state,
        call,
        { type: 'remoteDescription', generation: body.generation, description: body.description },
        // They restart already; ours would only collide with theirs.
        ...(call.phase === 'reconnecting'
          ? [startTimer(call.callId, 'restart', callTimes.restartAgain)]
          : []),
      );
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
      return end(state, call, { reason: endOfBye[body.reason], at });
    case 'cancel':
      return call.role === 'callee' ? end(state, call, { reason: 'peerHungUp', at }) : unchanged(state);
    case 'answeredElsewhere':
      return call.role === 'callee' && body.device !== state.own.device
        ? end(state, call, { reason: 'answeredElsewhere', at })
        : unchanged(state);
    case 'invite':
    case 'ringing':
    case 'decline':
    case 'busy':
      return unchanged(state);
    default:
      return assertNever(body);
  }
}

/** Another device of the peer speaks although one of them is in the call. */
function fromOtherDevice(state: Machine, call: AcceptedCall, message: ReceivedCallMessage): Step {
  if (call.role !== 'caller' || message.body.type !== 'accept') {
    return unchanged(state);
  }
  const told = send(call, message.fromDevice, { type: 'answeredElsewhere', device: call.device });
  return withCall(state, call, told);
}
