import type { EndReason } from '#shared/call/endReasons.ts';
import type { CallRecording } from '#shared/call/recording.ts';
import { assertNever } from '#shared/result.ts';
import type { IceServer } from '#shared/settings.ts';
import type { CallNetwork } from './CallNetwork.ts';
import type { CallState, EndedCall } from './callState.ts';
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

/** Ends of calls that were to connect and did not; of the others that were not answered nobody asks. */
const worthKnowing: ReadonlySet<EndReason> = new Set<EndReason>([
  'connectFailed',
  'connectionLost',
  'failed',
]);

/** How a call that is over went on the network; undefined: there was nothing to see. */
export function recordingOf(call: EndedCall, network: CallNetwork): CallRecording | undefined {
  const { callId, direction, video, startedAt, connectedAt, endedAt, reason } = call;
  if (connectedAt === null && !worthKnowing.has(reason)) {
    return undefined;
  }
  return {
    v: 1,
    ...{ callId, direction, video },
    startedAt: Math.max(0, Math.round(startedAt)),
    seconds: Math.max(0, Math.round((endedAt - startedAt) / 1_000)),
    end: reason,
    ...network.content,
  };
}
