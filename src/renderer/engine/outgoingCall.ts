import type { EndReason } from '#shared/call/endReasons.ts';
import type { CallBodyOf } from '#shared/call/messages.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { ReceivedCallMessage } from '#shared/ipc/contract.ts';
import { assertNever } from '#shared/result.ts';
import type { CallEffect, CallEvent, DeviceAnswer, Machine, OutgoingCall, Step } from './callState.ts';
import {
  callTimes,
  end,
  isPolite,
  send,
  startTimer,
  unchanged,
  withCall,
  withoutRoutes,
} from './callSteps.ts';
import { accepted } from './connecting.ts';
import { earlyAnswer } from './fastAnswer.ts';
import type { SendingState } from './types.ts';

type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>;

/**
 * Devices of a callee that are told apart; the server allows as many of one id. Whoever speaks from more is
 * still heard, only not counted.
 */
const devicesKept = 64;

/** Places a call. */
export function placeCall(state: Machine, event: EventOf<'dial'>, at: number): Step {
  const { callId, peer, video, ringMs } = event;
  const sending: SendingState = { microphone: true, camera: video, screen: false };
  const call: OutgoingCall = {
    ...{ phase: 'outgoing', role: 'caller', direction: 'outgoing' },
    ...{ callId, peer, video, ringMs, startedAt: at, local: sending, told: sending },
    ...{ invite: 'preparing', devices: new Map(), rang: false, early: null, stale: false, ignored: null },
    remote: { microphone: false, camera: false, screen: false },
  };
  return withCall(
    withoutRoutes(state),
    call,
    { type: 'openSession', callId, role: 'caller', polite: isPolite(state, peer) },
    { type: 'captureMedia', camera: video },
    { type: 'offer' },
  );
}

/** The offer is ready: the invite goes out, once. */
export function invite(state: Machine, call: OutgoingCall, event: EventOf<'localDescription'>): Step {
  const { generation, description } = event;
  if (generation !== 0 || call.invite !== 'preparing') {
    return unchanged(state);
  }
  const body = { type: 'invite', media: { video: call.video }, description } as const;
  return withCall(state, { ...call, invite: 'sent' }, send(call, undefined, body, 'invite'));
}

const endsOfInvite: Partial<Record<ErrorCode, 'unknownPeer' | 'signalingDown'>> = {
  PEER_UNKNOWN: 'unknownPeer',
  SIGNALING_OFFLINE: 'signalingDown',
  SIGNALING_TIMEOUT: 'signalingDown',
  SIGNALING_REFUSED: 'signalingDown',
  SIGNALING_BAD_CERTIFICATE: 'signalingDown',
  SIGNALING_BAD_ADDRESS: 'signalingDown',
  SIGNALING_AUTH_FAILED: 'signalingDown',
  SIGNALING_AUDIENCE_REFUSED: 'signalingDown',
  SIGNALING_REPLACED: 'signalingDown',
  SIGNALING_VERSION: 'signalingDown',
  SIGNALING_PROTOCOL: 'signalingDown',
  SIGNALING_SIGNED_OUT: 'signalingDown',
};

/** Failures before the invite left this computer. After any other it may have arrived all the same. */
const neverSent: ReadonlySet<ErrorCode> = new Set([
  'PEER_UNKNOWN',
  'PEER_KEY_MISMATCH',
  'PEER_IS_SELF',
  'SEAL_FAILED',
]);

/** The receipt of the invite, which says whom it reached; a device may have spoken before it. */
export function inviteSent(
  state: Machine,
  call: OutgoingCall,
  event: EventOf<'inviteSent'>,
  at: number,
): Step {
  const { result } = event;
  if (!result.ok) {
    const { code } = result.error;
    const messages = stopRinging({ ...call, invite: neverSent.has(code) ? 'preparing' : 'sent' });
    return end(state, call, { reason: endsOfInvite[code] ?? 'failed', at, code, messages });
  }
  const { devices, stored } = result.value;
  const reached = devices.reduce(
    (known, device) => withDevice(known, device, known.get(device) ?? 'reached'),
    call.devices,
  );
  const next: OutgoingCall = { ...call, devices: reached, invite: stored ? 'kept' : 'settled' };
  return (
    endIfNobodyCanAnswer(state, next, at) ??
    withCall(
      state,
      next,
      startTimer(call.callId, 'ring', call.ringMs),
      ...(stored ? [startTimer(call.callId, 'noRinging', callTimes.noRinging)] : []),
    )
  );
}

const withDevice = (
  devices: OutgoingCall['devices'],
  device: DeviceId,
  answer: DeviceAnswer,
): OutgoingCall['devices'] =>
  devices.size < devicesKept || devices.has(device) ? new Map([...devices, [device, answer]]) : devices;

/** How a call ends that no device can answer any more; undefined while one still can. */
function nobodyLeft(call: OutgoingCall): 'busy' | 'noAnswer' | 'offline' | undefined {
  const answers = [...call.devices.values()];
  if (call.invite !== 'settled' || answers.includes('reached') || answers.includes('ringing')) {
    return undefined;
  }
  if (answers.includes('busy')) {
    return 'busy';
  }
  return answers.length > 0 ? 'noAnswer' : 'offline';
}

function endIfNobodyCanAnswer(state: Machine, call: OutgoingCall, at: number): Step | undefined {
  const reason = nobodyLeft(call);
  return reason === undefined ? undefined : giveUp(state, call, reason, at);
}

/** The caller hears from the devices of the callee. */
export function whileCalling(
  state: Machine,
  call: OutgoingCall,
  message: ReceivedCallMessage,
  at: number,
): Step {
  const { body, fromDevice } = message;
  switch (body.type) {
    case 'ringing':
      return answered(state, call, fromDevice, 'ringing', at);
    case 'busy':
      return answered(state, call, fromDevice, 'busy', at);
    case 'bye':
      // It took the call, its word of that was lost, and it waited in vain.
      return answered(state, call, fromDevice, 'unable', at);
    case 'decline':
      return body.reason === 'user'
        ? declined(state, call, fromDevice, at)
        : answered(state, call, fromDevice, 'unable', at);
    case 'accept':
      return accepted(state, call, fromDevice, body.media.video, at);
    case 'description':
      if (body.description.type !== 'answer') {
        return unchanged(state);
      }
      return body.mode === 'early'
        ? earlyAnswer(state, call, message, body)
        : answeredBeforeAccept(state, call, message, body, at);
    case 'candidate':
      // Only one device is connected to while it rings.
      return call.early?.device === fromDevice
        ? withCall(state, call, {
            type: 'remoteCandidate',
            generation: body.generation,
            candidate: body.candidate,
          })
        : unchanged(state);
    case 'invite':
    case 'cancel':
    case 'media':
    case 'missed':
    case 'restart':
    case 'answeredElsewhere':
    case 'declinedElsewhere':
      return unchanged(state);
    default:
      return assertNever(body);
  }
}

/** An answer whose `accept` was lost: it was given because the person took the call. */
function answeredBeforeAccept(
  state: Machine,
  call: OutgoingCall,
  { fromDevice }: ReceivedCallMessage,
  { generation, description }: CallBodyOf<'description'>,
  at: number,
): Step {
  const step = accepted(state, call, fromDevice, call.video, at);
  const answer = { type: 'remoteDescription', generation, description, fresh: false } as const;
  return { ...step, effects: [...step.effects, answer] };
}

/** One device has spoken; the call goes on as long as another may still be answered. */
function answered(
  state: Machine,
  call: OutgoingCall,
  device: DeviceId,
  answer: DeviceAnswer,
  at: number,
): Step {
  const devices = withDevice(call.devices, device, answer);
  const next: OutgoingCall = { ...call, devices, rang: call.rang || answer === 'ringing' };
  return endIfNobodyCanAnswer(state, next, at) ?? withCall(state, next);
}

/** A person who declines on one device has declined on all. */
function declined(state: Machine, call: OutgoingCall, device: DeviceId, at: number): Step {
  const messages = [send(call, undefined, { type: 'declinedElsewhere', device }), ...declineIgnored(call)];
  return end(state, call, { reason: 'declined', at, messages });
}

/** The time is over in which a device that had lost its connection might have come back. */
export function nobodyCameBack(state: Machine, call: OutgoingCall, at: number): Step {
  const next: OutgoingCall = { ...call, invite: 'settled' };
  return endIfNobodyCanAnswer(state, next, at) ?? withCall(state, next);
}

/** Ends a call that was not answered, on all devices of the callee; `reason` is the caller's. */
export function giveUp(
  state: Machine,
  call: OutgoingCall,
  reason: Extract<EndReason, 'busy' | 'noAnswer' | 'offline' | 'cancelled'>,
  at: number,
): Step {
  // A receipt can be wrong when several servers work together; nobody hears a cancel too many.
  const messages = [...stopRinging(call), ...(leavesMark(call, reason) ? [] : notice(call))];
  return end(state, call, { reason, at, messages });
}

const notice = ({ callId, peer: to, video }: OutgoingCall): readonly CallEffect[] => [
  { type: 'leaveNotice', callId, to, video },
];

/**
 * Whether the callee knows of the call without a notice. A device that rang shows it as missed, and so does
 * one in another call; the person who gives up before anybody could be reached has called all the same.
 */
function leavesMark(call: OutgoingCall, reason: EndReason): boolean {
  switch (reason) {
    case 'offline':
    case 'noAnswer':
      return call.rang;
    case 'cancelled':
      return call.invite !== 'kept' || call.devices.size > 0;
    default:
      return true;
  }
}

/** What stops the peer's devices from ringing for a call that is given up. */
export const stopRinging = (call: OutgoingCall): readonly CallEffect[] => [
  ...(call.invite === 'preparing' ? [] : [send(call, undefined, { type: 'cancel' })]),
  ...declineIgnored(call),
];

function declineIgnored({ ignored, peer }: OutgoingCall): readonly CallEffect[] {
  if (ignored === null) {
    return [];
  }
  return [send({ callId: ignored.callId, peer }, ignored.device, { type: 'decline', reason: 'user' })];
}
