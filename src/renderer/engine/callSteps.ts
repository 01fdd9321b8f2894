import type { EndReason } from '#shared/call/endReasons.ts';
import type { ByeReason, CallBody } from '#shared/call/messages.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type {
  AcceptedCall,
  CallEffect,
  CallState,
  Machine,
  OpenCall,
  RecentCall,
  Step,
  TimerName,
} from './callState.ts';
import type { SendingState } from './types.ts';

/** Durations of the call machine, milliseconds. */
export const callTimes = {
  /** How long an invite that is kept for a device without a connection may make a call go on. */
  noRinging: 20_000,
  /** The callee stops ringing on its own when the caller's cancel never comes: above the longest ring setting. */
  incomingRing: 125_000,
  /** From accept to a connected transport. */
  connect: 20_000,
  /** Interfaces come and go in twos and threes: what they say within this is one change of the network. */
  networkSettle: 200,
  /** A transport that is only disconnected often recovers alone; then it is worth an ICE restart. */
  disconnectedGrace: 5_000,
  /** Between two ICE restarts of one interruption. */
  restartAgain: 6_000,
  /** What broke the path may have broken the peer's connection to the server too: they have this long for it. */
  peerGone: 10_000,
  /** The same after our own came back. A client that has tried in vain for long tries again within 15 s. */
  peerBack: 20_000,
  /**
   * From the loss of media to the end of the call. Long enough for a train in a tunnel, a router that starts
   * again or a change of networks; somebody who does not want to wait hangs up.
   */
  giveUp: 60_000,
} as const;

/** Why no path was found, as far as this side can tell. */
export const noPath = (state: Machine): ErrorCode =>
  state.hasRelay ? 'CALL_TRANSPORT_FAILED' : 'CALL_NO_RELAY';

/** A call begins, and its ICE servers are not known yet. */
export const withoutRoutes = (state: Machine): Machine => ({ ...state, hasRelay: true });

/** How many ended calls are remembered. */
const recentCalls = 32;

export const unchanged = (state: Machine): Step => ({ state, effects: [] });

export const withCall = (state: Machine, call: CallState, ...effects: CallEffect[]): Step => ({
  state: { ...state, call },
  effects,
});

/** The lower id is polite: it gives way in glare and in colliding negotiations. */
export const isPolite = (state: Machine, peer: PeerId): boolean => state.own.id < peer;

export const startTimer = (callId: CallId, name: TimerName, ms: number): CallEffect => ({
  type: 'startTimer',
  callId,
  name,
  ms,
});

export const cancelTimer = (name: TimerName): CallEffect => ({ type: 'cancelTimer', name });

export const send = (
  call: { readonly callId: CallId; readonly peer: PeerId },
  device: DeviceId | undefined,
  body: CallBody,
  report: 'no' | 'invite' | 'reach' = 'no',
): CallEffect => ({ type: 'send', to: call.peer, device, callId: call.callId, body, report });

export const isRecent = (state: Machine, callId: CallId): boolean =>
  state.recent.some((known) => known.callId === callId);

export const remember = (
  state: Machine,
  callId: CallId,
  { missed = null, farewell = null }: Partial<Pick<RecentCall, 'missed' | 'farewell'>> = {},
): Machine => ({
  ...state,
  recent: [...state.recent.filter((known) => known.callId !== callId), { callId, missed, farewell }].slice(
    -recentCalls,
  ),
});

const farewells: Partial<Record<EndReason, ByeReason>> = {
  connectFailed: 'connectFailed',
  connectionLost: 'connectionLost',
  peerLeft: 'connectionLost',
  failed: 'failed',
};

/** Ends a call: devices and transport are released first, then `messages` go out. */
export function end(
  state: Machine,
  call: OpenCall,
  ending: {
    readonly reason: EndReason;
    readonly at: number;
    readonly code?: ErrorCode;
    /** The own device that took or declined it. */
    readonly elsewhere?: DeviceId;
    readonly messages?: readonly CallEffect[];
  },
): Step {
  const { callId, peer, direction, role, video, startedAt, local, told, remote } = call;
  const missed = ending.reason === 'missed' ? { peer, video, at: startedAt } : null;
  const accepted = call.phase !== 'outgoing' && call.phase !== 'incoming';
  const farewell = accepted ? { to: peer, reason: farewells[ending.reason] ?? 'hungUp' } : null;
  return withCall(
    remember(state, callId, { missed, farewell }),
    {
      ...{ callId, peer, direction, role, video, startedAt, local, told, remote },
      phase: 'ended',
      reason: ending.reason,
      code: ending.code ?? null,
      elsewhere: ending.elsewhere ?? null,
      notice: null,
      connectedAt: 'connectedAt' in call ? call.connectedAt : null,
      endedAt: ending.at,
    },
    { type: 'cancelTimers' },
    { type: 'closeSession' },
    { type: 'releaseMedia' },
    ...(ending.messages ?? []),
  );
}

export const sameSending = (a: SendingState, b: SendingState): boolean =>
  a.microphone === b.microphone && a.camera === b.camera && a.screen === b.screen;

/** Tells the peer what we send, if it does not know. */
export function tellMedia(state: Machine, call: AcceptedCall, ...effects: CallEffect[]): Step {
  if (sameSending(call.local, call.told)) {
    return withCall(state, call, ...effects);
  }
  return withCall(
    state,
    { ...call, told: call.local },
    ...effects,
    send(call, call.device, { type: 'media', ...call.local }),
  );
}
