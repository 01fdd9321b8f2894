import type { CallBodyOf } from '#shared/call/messages.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { ReceivedCallMessage } from '#shared/ipc/contract.ts';
import type {
  CallEffect,
  CallEvent,
  IncomingRing,
  Machine,
  OutgoingCall,
  Step,
  TransportState,
} from './callState.ts';
import { send, unchanged, withCall } from './callSteps.ts';

/**
 * Connecting while it still rings, so that only tracks have to be attached on accept.
 *
 * The callee decides: it answers the offer of the invite early (`description` with `early`), or does not and
 * connects on accept as ever. The caller connects with the first device that answers early; an RTCPeerConnection
 * has one answer, so what the others answer is dropped. When one of those accepts, the caller gives the
 * connection up and makes that device a new offer (`fresh`), for which the device gives its own up too.
 *
 * Whether a callee that is connected to has the call is known to the caller alone: two devices can accept at
 * once. So the callee stays `connecting` until the caller names it (`answeredElsewhere`) or sends media. What
 * ends a call while it rings closes the connection with it, on either side; an early answer that crosses that on
 * its way belongs to no call any more and is dropped.
 */

/** What a device does about an invite that begins to ring. */
export function whileInvited(state: Machine, message: ReceivedCallMessage): readonly CallEffect[] {
  const { body, contact } = message;
  const offered = body.type === 'invite' && body.description !== undefined;
  switch (state.fastAnswer) {
    case 'contacts':
    case 'relayed':
      return offered && contact ? [{ type: 'answerEarly', relayed: state.fastAnswer === 'relayed' }] : [];
    case 'never':
      return [];
  }
}

/** The early answer of this device is ready. */
export function ownEarlyAnswer(
  state: Machine,
  call: IncomingRing,
  { generation, description }: Extract<CallEvent, { type: 'localDescription' }>,
): Step {
  const body = { type: 'description', generation, description, mode: 'early' } as const;
  return withCall(state, { ...call, early: call.early ?? 'connecting' }, send(call, call.device, body));
}

/** It rings on: there is no connection, and the person learns that on accept. */
export const earlyFailure = (state: Machine, call: IncomingRing, broken: ErrorCode): Step =>
  withCall(state, { ...call, early: null, broken }, { type: 'closeSession' });

/** A device of the callee has answered early. */
export function earlyAnswer(
  state: Machine,
  call: OutgoingCall,
  { fromDevice: device }: ReceivedCallMessage,
  { generation, description }: CallBodyOf<'description'>,
): Step {
  if (call.stale || (call.early !== null && call.early.device !== device)) {
    return unchanged(state);
  }
  return withCall(
    state,
    { ...call, early: call.early ?? { device, path: 'connecting' } },
    { type: 'remoteDescription', generation, description, fresh: false },
  );
}

/** The transport speaks while it rings. */
export function pathWhileRinging(
  state: Machine,
  call: OutgoingCall | IncomingRing,
  path: TransportState,
): Step {
  if (call.phase === 'incoming') {
    return withCall(state, { ...call, early: path });
  }
  return call.early === null
    ? unchanged(state)
    : withCall(state, { ...call, early: { ...call.early, path } });
}
