import { assertNever } from '#shared/result.ts';
import { onMessage } from './callMessages.ts';
import { takenByOwnDevice } from './callElsewhere.ts';
import type { CallEvent, Machine, OpenCall, Step, TimerName } from './callState.ts';
import { end, send, tellMedia, unchanged, withCall } from './callSteps.ts';
import { accept, agree, connectFailed, pathWhileConnecting } from './connecting.ts';
import { earlyFailure, ownEarlyAnswer, pathWhileRinging } from './fastAnswer.ts';
import {
  interrupted,
  networkChanged,
  reached,
  restart,
  restartWanted,
  peerClosed,
  signalingChanged,
  signedOut,
  stillInterrupted,
} from './interruption.ts';
import { giveUp, invite, inviteSent, nobodyCameBack, placeCall, stopRinging } from './outgoingCall.ts';
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
      return state.call.phase === 'incoming' ? accept(state, state.call, event.video, at) : unchanged(state);
    case 'decline':
      return decline(state, at);
    case 'hangUp':
      return hangUp(state, at);
    case 'dismiss':
      return state.call.phase === 'ended' ? withCall(state, { phase: 'idle' }) : unchanged(state);
    case 'message':
      return onMessage(state, event.message, at);
    case 'signaling':
      return signalingChanged(state, event.online, at);
    case 'signedOut':
      return signedOut(state, at);
    case 'fastAnswer':
      return unchanged({ ...state, fastAnswer: event.who });
    case 'networkChanged':
      return networkChanged(state);
    case 'taken':
      return takenByOwnDevice(state, event, at);
    case 'inviteSent': {
      const call = openCall(state, event.callId);
      return call?.phase === 'outgoing' ? inviteSent(state, call, event, at) : unchanged(state);
    }
    case 'noticeDone':
      return noticeDone(state, event);
    case 'reached': {
      const call = openCall(state, event.callId);
      return call?.phase === 'reconnecting' ? reached(state, call, event, at) : unchanged(state);
    }
    case 'localDescription':
      return localDescription(state, event);
    case 'restartWanted':
      return restartWanted(state, event);
    case 'localCandidate':
      return localCandidate(state, event);
    case 'localMedia':
      return localMedia(state, event.local);
    case 'transport':
      return transport(state, event, at);
    case 'peerClosed': {
      const call = openCall(state, event.callId);
      return call === undefined ? unchanged(state) : peerClosed(state, call, at);
    }
    case 'mediaArrived': {
      const call = openCall(state, event.callId);
      return call?.phase === 'connecting' ? agree(state, call, at) : unchanged(state);
    }
    case 'routes':
      return unchanged(openCall(state, event.callId) ? { ...state, hasRelay: event.hasRelay } : state);
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
  const { peer, video } = event;
  if (state.call.phase === 'incoming' && state.call.peer === peer) {
    return accept(state, state.call, video, at);
  }
  if ((state.call.phase !== 'idle' && state.call.phase !== 'ended') || peer === state.own.id) {
    return unchanged(state);
  }
  return placeCall(state, event, at);
}

function decline(state: Machine, at: number): Step {
  const { call } = state;
  if (call.phase !== 'incoming') {
    return unchanged(state);
  }
  const messages = [send(call, call.device, { type: 'decline', reason: 'user' })];
  return end(state, call, { reason: 'declinedByMe', at, messages });
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
      return giveUp(state, call, 'cancelled', at);
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

function noticeDone(state: Machine, { callId, left }: EventOf<'noticeDone'>): Step {
  const { call } = state;
  return call.phase === 'ended' && call.callId === callId
    ? withCall(state, { ...call, notice: left ? 'left' : 'failed' })
    : unchanged(state);
}

function localDescription(state: Machine, event: EventOf<'localDescription'>): Step {
  const call = openCall(state, event.callId);
  switch (call?.phase) {
    case undefined:
      return unchanged(state);
    case 'outgoing':
      return invite(state, call, event);
    case 'incoming':
      return ownEarlyAnswer(state, call, event);
    case 'connecting':
    case 'connected':
    case 'reconnecting': {
      const { generation, description, fresh } = event;
      const body = { type: 'description', generation, description } as const;
      const report = call.phase === 'reconnecting' ? 'reach' : 'no';
      return withCall(
        state,
        call,
        send(call, call.device, fresh ? { ...body, mode: 'fresh' } : body, report),
      );
    }
    default:
      return assertNever(call);
  }
}

function localCandidate(state: Machine, event: EventOf<'localCandidate'>): Step {
  const call = openCall(state, event.callId);
  // The description that is sent later carries what was gathered before it.
  const early =
    (call?.phase === 'outgoing' && call.invite === 'preparing') ||
    (call?.phase === 'incoming' && call.early === null);
  if (call === undefined || early) {
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
      return unchanged(state);
    case 'outgoing':
    case 'incoming':
      return pathWhileRinging(state, call, event.state);
    case 'connecting':
      return pathWhileConnecting(state, call, event.state, at);
    case 'connected':
      return event.state === 'connected' ? unchanged(state) : interrupted(state, call, event.state, at);
    case 'reconnecting':
      return stillInterrupted(state, call, event.state);
    default:
      return assertNever(call);
  }
}

function sessionFailed(state: Machine, event: EventOf<'sessionFailed'>, at: number): Step {
  const call = openCall(state, event.callId);
  if (call === undefined) {
    return unchanged(state);
  }
  if (call.phase === 'incoming') {
    return earlyFailure(state, call, event.code);
  }
  // The device that was connected to may have accepted meanwhile: to it this is no caller who changed their mind.
  const device = call.phase === 'outgoing' ? call.early?.device : call.device;
  const messages = [
    ...(device === undefined ? [] : [send(call, device, { type: 'bye', reason: 'failed' })]),
    ...(call.phase === 'outgoing' ? stopRinging(call) : []),
  ];
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
        return giveUp(state, call, 'noAnswer', at);
      }
      return call.phase === 'incoming' ? end(state, call, { reason: 'missed', at }) : unchanged(state);
    case 'noRinging':
      return call.phase === 'outgoing' ? nobodyCameBack(state, call, at) : unchanged(state);
    case 'connect':
      return call.phase === 'connecting' ? connectFailed(state, call, at) : unchanged(state);
    case 'restart':
      return 'restartDue' in call ? restart(state, call) : unchanged(state);
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
