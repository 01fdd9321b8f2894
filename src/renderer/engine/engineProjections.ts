import { assertNever } from '#shared/result.ts';
import type { IceServer } from '#shared/settings.ts';
import type { CallState } from './callState.ts';
import type { ActiveCall } from './ports.ts';

/** What the main process must know to speak for a renderer that died. */
export function activeCallOf(call: CallState): ActiveCall {
  switch (call.phase) {
    case 'idle':
    case 'ended':
      return null;
    case 'outgoing':
      // Before the invite there is nobody to tell.
      return call.invite !== 'preparing' ? { callId: call.callId, peer: call.peer, stage: 'outgoing' } : null;
    case 'incoming':
      return { callId: call.callId, peer: call.peer, device: call.device, stage: 'incoming' };
    case 'connecting':
    case 'connected':
    case 'reconnecting':
      return { callId: call.callId, peer: call.peer, device: call.device, stage: 'accepted' };
    default:
      return assertNever(call);
  }
}

export const sameActiveCall = (a: ActiveCall, b: ActiveCall): boolean =>
  a?.callId === b?.callId && a?.device === b?.device && a?.stage === b?.stage;

/** Settings leave out what is not set; RTCPeerConnection must not see `undefined`. */
export const toRtcIceServers = (servers: readonly IceServer[]): readonly RTCIceServer[] =>
  servers.map(({ urls, username, credential }) => ({
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }));
