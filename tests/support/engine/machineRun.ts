import type { CallBody } from '#shared/call/messages.ts';
import { ok } from '#shared/result.ts';
import { step } from '../../../src/renderer/engine/callMachine.ts';
import {
  initialMachine,
  type timerNames,
  type CallEffect,
  type CallEvent,
  type Machine,
} from '../../../src/renderer/engine/callState.ts';
import { callId, deviceId, peerA, peerB } from './engineWorld.ts';

export const own = { id: peerA, device: deviceId('a') };
export const offer = { type: 'offer', sdp: 'v=0' } as const;
export const answer = { type: 'answer', sdp: 'v=0' } as const;
export const invite: CallBody = { type: 'invite', media: { video: true }, description: offer };

export const message = (
  body: CallBody,
  from = peerB,
  call = 'c1',
  options: { device?: string; ageMs?: number; contact?: boolean } = {},
): CallEvent => ({
  type: 'message',
  message: {
    from,
    fromDevice: deviceId(options.device ?? 'b'),
    callId: callId(call),
    body,
    contact: options.contact ?? true,
    ageMs: options.ageMs ?? 0,
  },
});

export const dial: Extract<CallEvent, { type: 'dial' }> = {
  type: 'dial',
  callId: callId('c1'),
  peer: peerB,
  video: true,
  ringMs: 45_000,
};
export const described: CallEvent = {
  type: 'localDescription',
  callId: callId('c1'),
  generation: 0,
  description: offer,
  fresh: false,
};
/** The receipt of the invite. */
export const receipt = (devices: readonly string[], stored = false): CallEvent => ({
  type: 'inviteSent',
  callId: callId('c1'),
  result: ok({ devices: devices.map(deviceId), stored }),
});
export const theyAccept = message({ type: 'accept', media: { video: true } });
export const transport = (state: 'connected' | 'disconnected' | 'failed'): CallEvent => ({
  type: 'transport',
  callId: callId('c1'),
  state,
});
export const timer = (name: (typeof timerNames)[number]): CallEvent => ({
  type: 'timer',
  callId: callId('c1'),
  name,
});
export const reached = (devices: string[]): CallEvent => ({
  type: 'reached',
  callId: callId('c1'),
  receipt: { devices: devices.map(deviceId), stored: false },
});
export const online: CallEvent = { type: 'signaling', online: true };

/** Feeds events to a new machine of `own`, at 1,000 ms; `last`: the effects of the last one. */
export function run(...events: CallEvent[]): {
  state: Machine;
  effects: CallEffect[];
  last: readonly CallEffect[];
} {
  const effects: CallEffect[] = [];
  let state = initialMachine(own);
  let last: readonly CallEffect[] = [];
  const pending = [...events];
  for (let event = pending.shift(); event !== undefined; event = pending.shift()) {
    const result = step(state, event, 1_000);
    state = result.state;
    last = result.effects;
    effects.push(...result.effects);
    pending.unshift(
      ...result.effects.flatMap((effect) => (effect.type === 'dispatch' ? [effect.event] : [])),
    );
  }
  return { state, effects, last };
}

export const sentTypes = (effects: readonly CallEffect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.body.type] : []));

/** Events that lead to a phase. The call is `c1` with `peerB`, whose device is `b`. */
export const outgoing = [online, dial, described, receipt(['b'])];
export const incoming = [online, message(invite)];
export const connectingOut = [...outgoing, theyAccept];
export const connectingIn: CallEvent[] = [...incoming, { type: 'accept', video: true }];
export const connected = [...connectingOut, transport('connected')];
export const lost = [...connected, transport('disconnected')];
