import { describe, expect, it } from 'vitest';
import { callId, deviceId, peerB, peerC } from '#tests/support/engine/engineWorld.ts';
import {
  connected,
  connectingIn,
  dial,
  incoming,
  invite,
  message,
  online,
  outgoing,
  run,
  sentTypes,
} from '#tests/support/engine/machineRun.ts';
import { snapshotOf } from './callSnapshot.ts';
import type { CallEvent } from './callState.ts';

const taken = (how: 'answered' | 'declined', device = 'a2', call = 'c1'): CallEvent => ({
  type: 'taken',
  taken: { callId: callId(call), device: deviceId(device), how },
});
const callerSays = (
  type: 'answeredElsewhere' | 'declinedElsewhere',
  options: { device?: string; peer?: typeof peerB; call?: string } = {},
): CallEvent =>
  message({ type, device: deviceId(options.device ?? 'a2') }, options.peer ?? peerB, options.call ?? 'c1');
const cancel = message({ type: 'cancel' });
const decline: CallEvent = { type: 'decline' };
const accepted = [...connectingIn];
const talking: CallEvent[] = [
  ...connectingIn,
  { type: 'transport', callId: callId('c1'), state: 'connected' },
];
/** A call during another one: never shown here. */
const unheard = [...connected, message(invite, peerC, 'c3')];

describe('a call that another own device takes', () => {
  // prettier-ignore
  it.each<[string, CallEvent[], string]>([
    ['it says that it answered', [...incoming, taken('answered')], 'answeredElsewhere'],
    ['it says that it declined', [...incoming, taken('declined')], 'declinedElsewhere'],
    ['the caller says that it answered', [...incoming, callerSays('answeredElsewhere')], 'answeredElsewhere'],
    ['the caller says that it declined', [...incoming, callerSays('declinedElsewhere')], 'declinedElsewhere'],
    ['the caller heard its answer before ours', [...accepted, callerSays('answeredElsewhere')], 'answeredElsewhere'],
    ['the caller heard its refusal before our answer', [...accepted, callerSays('declinedElsewhere')], 'declinedElsewhere'],
    ['the caller is late with that', [...talking, callerSays('answeredElsewhere')], 'answeredElsewhere'],
  ])('ends here when %s', (_name, events, reason) => {
    const { state, last } = run(...events);
    expect(snapshotOf(state.call)).toMatchObject({ phase: 'ended', reason, elsewhere: 'a2' });
    expect(last.slice(0, 3).map(({ type }) => type)).toEqual(['cancelTimers', 'closeSession', 'releaseMedia']);
    expect(sentTypes(last)).toEqual([]);
  });

  // prettier-ignore
  it.each<[string, CallEvent[], string]>([
    ['it claims the answer after we accepted: the caller decides', [...accepted, taken('answered')], 'connecting'],
    ['it declines after we accepted: the caller decides', [...accepted, taken('declined')], 'connecting'],
    ['it speaks of another call', [...incoming, taken('answered', 'a2', 'c9')], 'incoming'],
    ['it is this very device', [...incoming, taken('answered', 'a')], 'incoming'],
    ['the caller means this very device', [...accepted, callerSays('answeredElsewhere', { device: 'a' })], 'connecting'],
    ['somebody else than the caller says so', [...incoming, callerSays('answeredElsewhere', { peer: peerC })], 'incoming'],
    ['it is our own call', [...outgoing, taken('answered')], 'outgoing'],
    ['the callee says so of our own call', [...connected, callerSays('answeredElsewhere')], 'connected'],
  ])('goes on here when %s', (_name, events, phase) => {
    const { state, last } = run(...events);
    expect(state.call).toMatchObject({ phase, callId: 'c1' });
    expect(last).toEqual([]);
  });

  it('does not ring when its invite comes after the word of the other device', () => {
    const { state, effects } = run(online, taken('declined'), message(invite));
    expect(state.call.phase).toBe('idle');
    expect(effects).toEqual([]);
  });
});

describe('a call that counts as missed', () => {
  // prettier-ignore
  it.each<[string, CallEvent, string]>([
    ['that it declined', taken('declined'), 'declinedElsewhere'],
    ['that it answered', taken('answered'), 'answeredElsewhere'],
  ])('is not missed when word comes late from another own device %s', (_name, event, reason) => {
    expect(snapshotOf(run(...incoming, cancel, event).state.call)).toMatchObject({
      phase: 'ended',
      reason,
      elsewhere: 'a2',
    });
  });

  it.each([
    ['another own device', taken('answered', 'a2', 'c3')],
    ['its caller', callerSays('answeredElsewhere', { peer: peerC, call: 'c3' })],
  ])('and was never shown is not missed after the word of %s', (_name, event) => {
    const { state, last } = run(...unheard, event);
    expect(state.call).toMatchObject({ phase: 'connected', callId: 'c1' });
    expect(last).toEqual([
      {
        type: 'takenElsewhere',
        call: { callId: 'c3', peer: peerC, video: true, at: 1_000, device: 'a2', how: 'answered' },
      },
    ]);
  });

  it('and was put away is not missed after the word of another own device', () => {
    const { last } = run(...incoming, cancel, { type: 'dismiss' }, taken('declined'));
    expect(last).toMatchObject([{ type: 'takenElsewhere', call: { callId: 'c1', how: 'declined' } }]);
  });

  it('is corrected once', () => {
    const late = callerSays('answeredElsewhere', { peer: peerC, call: 'c3' });
    expect(run(...unheard, taken('answered', 'a2', 'c3'), late).last).toEqual([]);
  });

  it('stays missed when somebody else than its caller says that it was taken', () => {
    expect(run(...unheard, callerSays('answeredElsewhere', { call: 'c3' })).last).toEqual([]);
  });
});

describe('a call that was declined here', () => {
  it('counts as answered there when the caller heard the answer first', () => {
    expect(snapshotOf(run(...incoming, decline, callerSays('answeredElsewhere')).state.call)).toMatchObject({
      reason: 'answeredElsewhere',
      elsewhere: 'a2',
    });
  });

  it.each([
    ['the other device alone claims the answer', taken('answered')],
    ['the other device declined too', callerSays('declinedElsewhere')],
    ['somebody else speaks', callerSays('answeredElsewhere', { peer: peerC })],
  ])('stays declined when %s', (_name, event) => {
    expect(run(...incoming, decline, event).state.call).toMatchObject({ reason: 'declinedByMe' });
  });
});

it('a notice that comes as a message is dropped', () => {
  const notice = message({ type: 'missed', media: { video: true } });
  for (const events of [[online], [online, dial], incoming, talking]) {
    const before = run(...events).state;
    expect(run(...events, notice).state).toEqual(before);
  }
});
