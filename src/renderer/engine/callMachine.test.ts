import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallBody } from '#shared/call/messages.ts';
import { fail, ok } from '#shared/result.ts';
import { callId, deviceId, peerA, peerB, peerC } from '#tests/support/engine/engineWorld.ts';
import { step } from './callMachine.ts';
import { initialMachine, timerNames, type CallEffect, type CallEvent, type Machine } from './callState.ts';

const own = { id: peerA, device: deviceId('a') };
const offer = { type: 'offer', sdp: 'v=0' } as const;
const answer = { type: 'answer', sdp: 'v=0' } as const;
const invite: CallBody = { type: 'invite', media: { video: true }, description: offer };

const message = (
  body: CallBody,
  from = peerB,
  call = 'c1',
  options: { device?: string; ageMs?: number } = {},
): CallEvent => ({
  type: 'message',
  message: {
    from,
    fromDevice: deviceId(options.device ?? 'b'),
    callId: callId(call),
    body,
    ageMs: options.ageMs ?? 0,
  },
});

const dial: CallEvent = { type: 'dial', callId: callId('c1'), peer: peerB, video: true, ringMs: 45_000 };
const described: CallEvent = {
  type: 'localDescription',
  callId: callId('c1'),
  generation: 0,
  description: offer,
};
const delivered: CallEvent = {
  type: 'inviteSent',
  callId: callId('c1'),
  result: ok({ devices: [deviceId('b')], stored: false }),
};
const theyAccept = message({ type: 'accept', media: { video: true } });
const transport = (state: 'connected' | 'disconnected' | 'failed'): CallEvent => ({
  type: 'transport',
  callId: callId('c1'),
  state,
});
const timer = (name: (typeof timerNames)[number]): CallEvent => ({
  type: 'timer',
  callId: callId('c1'),
  name,
});
const reached = (devices: string[]): CallEvent => ({
  type: 'reached',
  callId: callId('c1'),
  receipt: { devices: devices.map(deviceId), stored: false },
});
const online: CallEvent = { type: 'signaling', online: true };

function run(...events: CallEvent[]): { state: Machine; effects: CallEffect[]; last: readonly CallEffect[] } {
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

const sentTypes = (effects: readonly CallEffect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.body.type] : []));

const outgoing = [online, dial, described, delivered];
const incoming = [online, message(invite)];
const connectingOut = [...outgoing, theyAccept];
const connectingIn: CallEvent[] = [...incoming, { type: 'accept', video: true }];
const connected = [...connectingOut, transport('connected')];
const lost = [...connected, transport('disconnected')];

describe('how a call ends', () => {
  const hangUp: CallEvent = { type: 'hangUp' };
  const failedSend = (code: 'PEER_UNKNOWN' | 'SIGNALING_OFFLINE' | 'SIGNALING_TIMEOUT'): CallEvent => ({
    type: 'inviteSent',
    callId: callId('c1'),
    result: fail(code, 'test'),
  });
  const receipt = (devices: string[], stored: boolean): CallEvent => ({
    type: 'inviteSent',
    callId: callId('c1'),
    result: ok({ devices: devices.map(deviceId), stored }),
  });
  const bye = (reason: 'hungUp' | 'left' | 'failed' | 'connectFailed' | 'connectionLost') =>
    message({ type: 'bye', reason });

  // prettier-ignore
  const table: [string, CallEvent[], string, string[]][] = [
    ['I give up', [...outgoing, hangUp], 'cancelled', ['cancel']],
    ['I give up before the invite went out', [online, dial, hangUp], 'cancelled', []],
    ['I hang up', [...connected, hangUp], 'hungUp', ['bye']],
    ['they hang up', [...connected, bye('hungUp')], 'peerHungUp', []],
    ['their app closes', [...connected, bye('left')], 'peerLeft', []],
    ['their side fails', [...connected, bye('failed')], 'failed', []],
    ['their side cannot connect', [...connectingOut, bye('connectFailed')], 'connectFailed', []],
    ['their side lost the connection', [...lost, bye('connectionLost')], 'connectionLost', []],
    ['they decline', [...outgoing, message({ type: 'decline', reason: 'user' })], 'declined', ['cancel']],
    ['they cannot show it', [...outgoing, message({ type: 'decline', reason: 'noDevice' })], 'noAnswer', ['cancel']],
    ['I decline', [...incoming, { type: 'decline' }], 'declinedByMe', ['decline']],
    ['I hang up while it rings', [...incoming, hangUp], 'declinedByMe', ['decline']],
    ['they give up', [...incoming, message({ type: 'cancel' })], 'missed', []],
    ['they give up while I accept', [...connectingIn, message({ type: 'cancel' })], 'peerHungUp', []],
    ['they are busy', [...outgoing, message({ type: 'busy' })], 'busy', ['cancel']],
    ['no device of theirs is there', [online, dial, described, receipt([], false)], 'offline', ['cancel']],
    ['only stored, and nobody rings', [online, dial, described, receipt([], true), timer('noRinging')], 'offline', ['cancel']],
    ['nobody answers', [...outgoing, timer('ring')], 'noAnswer', ['cancel']],
    ['it rings for too long here', [...incoming, timer('ring')], 'missed', []],
    ['another device of mine takes it', [...incoming, message({ type: 'answeredElsewhere', device: deviceId('a2') })], 'answeredElsewhere', []],
    ['another device of mine was faster', [...connectingIn, message({ type: 'answeredElsewhere', device: deviceId('a2') })], 'answeredElsewhere', []],
    ['the id is unknown', [online, dial, described, failedSend('PEER_UNKNOWN')], 'unknownPeer', []],
    ['signaling is down', [dial, described, failedSend('SIGNALING_OFFLINE')], 'signalingDown', ['cancel']],
    ['signaling does not answer', [dial, described, failedSend('SIGNALING_TIMEOUT')], 'signalingDown', ['cancel']],
    ['no path within 20 s', [...connectingOut, timer('connect')], 'connectFailed', ['bye']],
    ['the first connection fails', [...connectingIn, transport('failed')], 'connectFailed', ['bye']],
    ['the path does not come back', [...lost, timer('giveUp')], 'connectionLost', ['bye']],
    ['their app is gone', [...lost, reached([]), timer('restart'), reached([])], 'peerLeft', []],
    ['a description is rejected', [...connectingOut, { type: 'sessionFailed', callId: callId('c1'), code: 'CALL_DESCRIPTION_REJECTED' }], 'failed', ['bye']],
  ];

  it.each(table)('%s', (_name, events, reason, messages) => {
    const { state, last } = run(...events);
    expect(state.call).toMatchObject({ phase: 'ended', reason });
    expect(sentTypes(last)).toEqual(messages);
    expect(last.slice(0, 3).map(({ type }) => type)).toEqual([
      'cancelTimers',
      'closeSession',
      'releaseMedia',
    ]);
  });
});

describe('a call that is interrupted', () => {
  it('goes on when the path heals, though the peer has no signaling just now', () => {
    const { state } = run(...lost, reached([]), transport('connected'));
    expect(state.call).toMatchObject({ phase: 'connected' });
  });

  it('is restarted when the peer had no signaling at first and has it again', () => {
    const { state, effects } = run(...lost, reached([]), timer('restart'), reached(['b']), reached([]));
    expect(state.call.phase).toBe('reconnecting');
    expect(effects.map(({ type }) => type)).toContain('restartIce');
  });
});

describe('an outgoing call', () => {
  it('says ringing only after a device of the callee did', () => {
    expect(run(...outgoing).state.call).toMatchObject({ stage: 'calling' });
    expect(run(...outgoing, message({ type: 'ringing' })).state.call).toMatchObject({ stage: 'ringing' });
  });

  it('keeps ringing when the invite reached somebody who does not answer it', () => {
    expect(run(...outgoing, timer('noRinging')).state.call.phase).toBe('outgoing');
  });

  it('talks to the device that accepted, and tells all the others', () => {
    const { effects } = run(...connectingOut, { type: 'hangUp' });
    const sends = effects.filter((effect) => effect.type === 'send');
    expect(sends.map(({ body, device }) => [body.type, device])).toEqual([
      ['invite', undefined],
      ['answeredElsewhere', undefined],
      ['bye', deviceId('b')],
    ]);
  });

  it('takes an answer that overtook its accept', () => {
    const early = message({ type: 'description', generation: 0, description: answer });
    const { state, effects } = run(...outgoing, early, theyAccept);
    expect(state.call.phase).toBe('connecting');
    expect(effects.filter(({ type }) => type === 'remoteDescription')).toHaveLength(1);
  });

  it('refuses a second device that accepts', () => {
    const { last } = run(
      ...connectingOut,
      message({ type: 'accept', media: { video: true } }, peerB, 'c1', { device: 'b2' }),
    );
    expect(last).toMatchObject([
      { type: 'send', device: 'b2', body: { type: 'answeredElsewhere', device: 'b' } },
    ]);
  });
});

describe('an incoming call', () => {
  it('sends ringing and opens no camera', () => {
    const { effects } = run(...incoming);
    expect(sentTypes(effects)).toEqual(['ringing']);
    expect(effects.some(({ type }) => type === 'captureMedia' || type === 'answer')).toBe(false);
  });

  it('is only missed when it comes more than a minute late', () => {
    const { state, effects } = run(online, message(invite, peerB, 'c1', { ageMs: 60_001 }));
    expect(state.call.phase).toBe('idle');
    expect(effects).toEqual([
      {
        type: 'missed',
        missed: { callId: 'c1', peer: peerB, video: true, at: 1_000 - 60_001, reason: 'late' },
      },
    ]);
  });

  it('never rings again after it ended', () => {
    const { state, last } = run(...incoming, { type: 'decline' }, { type: 'dismiss' }, message(invite));
    expect(state.call.phase).toBe('idle');
    expect(last).toEqual([]);
  });

  it('gives way to a new call of the same device', () => {
    const { state } = run(...incoming, message(invite, peerB, 'c2'));
    expect(state.call).toMatchObject({ phase: 'incoming', callId: 'c2' });
  });

  it('is taken by dialling its caller', () => {
    expect(run(...incoming, { ...dial, callId: callId('c9') }).state.call).toMatchObject({
      phase: 'connecting',
      callId: 'c1',
      role: 'callee',
    });
  });
});

describe('a call during a call', () => {
  it.each([
    ['outgoing', outgoing],
    ['incoming', incoming],
    ['connecting', connectingOut],
    ['connected', connected],
    ['reconnecting', lost],
  ])('gets busy while %s', (phase, events) => {
    const { state, last } = run(...events, message(invite, peerC, 'c3'));
    expect(state.call).toMatchObject({ phase, callId: 'c1' });
    expect(sentTypes(last)).toEqual(['busy']);
    expect(last).toContainEqual(expect.objectContaining({ type: 'missed' }));
  });

  it('rings when it comes from the peer whose connection is broken: their app started anew', () => {
    const { state } = run(...lost, message(invite, peerB, 'c2'));
    expect(state.call).toMatchObject({ phase: 'incoming', callId: 'c2' });
  });

  it('rings when the device of this call begins it: its app was started again', () => {
    const { state, last } = run(...connected, message(invite, peerB, 'c2'));
    expect(sentTypes(last)).toEqual(['ringing']);
    expect(state.call).toMatchObject({ phase: 'incoming', callId: 'c2' });
  });

  it('gets busy from another device of the peer, also while the call reconnects', () => {
    for (const before of [connected, lost]) {
      const { state, last } = run(...before, message(invite, peerB, 'c2', { device: 'b2' }));
      expect(sentTypes(last)).toEqual(['busy']);
      expect(state.call).toMatchObject({ callId: 'c1' });
    }
  });
});

describe('a stranger', () => {
  it('gets no answer to an accept of a call that never was', () => {
    expect(
      sentTypes(run(...connected, message({ type: 'accept', media: { video: true } }, peerC, 'c9')).last),
    ).toEqual([]);
  });
});

describe('glare', () => {
  it('tells of a microphone that was muted before', () => {
    const muted = { microphone: false, camera: true, screen: false };
    const { last } = run(...outgoing, { type: 'localMedia', local: muted }, message(invite, peerB, 'c2'));
    expect(sentTypes(last)).toContain('media');
  });

  it('makes the polite side take the other call with the media it had chosen', () => {
    const { state, last } = run(...outgoing, message(invite, peerB, 'c2'));
    expect(state.call).toMatchObject({
      phase: 'connecting',
      callId: 'c2',
      role: 'callee',
      direction: 'outgoing',
    });
    expect(sentTypes(last)).toEqual(['accept', 'cancel']);
  });

  const higher = { id: peerC, device: deviceId('c') };
  const impolite = (...events: CallEvent[]) =>
    events.reduce((state, event) => step(state, event, 0).state, initialMachine(higher));

  it('makes the impolite side wait', () => {
    expect(impolite(...outgoing, message(invite, peerB, 'c2')).call).toMatchObject({
      phase: 'outgoing',
      callId: 'c1',
    });
  });

  it('declines the ignored call when the own invite could not even be sealed', () => {
    const notSealed: CallEvent = {
      type: 'inviteSent',
      callId: callId('c1'),
      result: fail('SEAL_FAILED', ''),
    };
    const calling = impolite(online, dial, described, message(invite, peerB, 'c2'));
    expect(sentTypes(step(calling, notSealed, 0).effects)).toEqual(['decline']);
  });

  it('declines the ignored call when the impolite side gives up', () => {
    const { effects } = step(impolite(...outgoing, message(invite, peerB, 'c2')), { type: 'hangUp' }, 0);
    expect(sentTypes(effects)).toEqual(['cancel', 'decline']);
  });
});

describe('an interruption', () => {
  const starts = (effects: readonly CallEffect[]) =>
    effects.flatMap((effect) => (effect.type === 'startTimer' ? [[effect.name, effect.ms]] : []));

  it('waits 5 s while the transport is only disconnected, longer on the polite side', () => {
    expect(starts(run(...lost).last)).toEqual([
      ['giveUp', 20_000],
      ['restart', 6_500],
    ]);
  });

  it('restarts at once when the transport failed', () => {
    expect(starts(run(...lost, transport('failed')).last)).toEqual([['restart', 1_500]]);
  });

  it('restarts ICE when signaling is there', () => {
    expect(run(...lost, timer('restart')).last.map(({ type }) => type)).toContain('restartIce');
  });

  it('restarts ICE when signaling comes back', () => {
    const offline: CallEvent = { type: 'signaling', online: false };
    expect(run(...lost, offline, timer('restart')).last).toEqual([]);
    expect(run(...lost, offline, timer('restart'), online).last.map(({ type }) => type)).toContain(
      'restartIce',
    );
  });

  it('is over when the transport is connected again, with the same start of the conversation', () => {
    expect(run(...lost, transport('connected')).state.call).toMatchObject({
      phase: 'connected',
      connectedAt: 1_000,
    });
  });
});

describe('messages that do not belong', () => {
  it.each([
    ['another call', message({ type: 'bye', reason: 'hungUp' }, peerB, 'c7')],
    ['another peer', message({ type: 'bye', reason: 'hungUp' }, peerC)],
    ['another device', message({ type: 'bye', reason: 'hungUp' }, peerB, 'c1', { device: 'b2' })],
  ])('of %s are dropped', (_name, event) => {
    const before = run(...connected).state;
    expect(step(before, event, 0)).toEqual({ state: before, effects: [] });
  });

  it('an accept of a call that is over is answered with bye', () => {
    expect(sentTypes(run(...outgoing, { type: 'hangUp' }, theyAccept).last)).toEqual(['bye']);
  });
});

describe('any 10,000 events', () => {
  const calls = fc.constantFrom('c1', 'c2', 'c3').map(callId);
  const bodies: fc.Arbitrary<CallBody> = fc.constantFrom<CallBody[]>(
    invite,
    { type: 'invite', media: { video: false } },
    { type: 'ringing' },
    { type: 'accept', media: { video: true } },
    { type: 'decline', reason: 'user' },
    { type: 'cancel' },
    { type: 'busy' },
    { type: 'description', generation: 0, description: answer },
    { type: 'description', generation: 1, description: offer },
    { type: 'candidate', generation: 0, candidate: null },
    { type: 'media', microphone: false, camera: true, screen: false },
    { type: 'answeredElsewhere', device: deviceId('a') },
    { type: 'answeredElsewhere', device: deviceId('x') },
    { type: 'bye', reason: 'hungUp' },
  );
  const receipts = fc.record({
    devices: fc.constantFrom([], [deviceId('b')]),
    stored: fc.boolean(),
  });
  const events: fc.Arbitrary<CallEvent> = fc.oneof(
    fc.record({
      type: fc.constant('dial' as const),
      callId: calls,
      peer: fc.constantFrom(peerA, peerB, peerC),
      video: fc.boolean(),
      ringMs: fc.constant(45_000),
    }),
    fc.record({ type: fc.constant('accept' as const), video: fc.boolean() }),
    fc.constantFrom<CallEvent[]>({ type: 'decline' }, { type: 'hangUp' }, { type: 'dismiss' }),
    fc.record({ type: fc.constant('signaling' as const), online: fc.boolean() }),
    fc.record({
      type: fc.constant('message' as const),
      message: fc.record({
        from: fc.constantFrom(peerA, peerB, peerC),
        fromDevice: fc.constantFrom('b', 'b2').map(deviceId),
        callId: calls,
        body: bodies,
        ageMs: fc.constantFrom(0, 70_000),
      }),
    }),
    fc.record({ type: fc.constant('inviteSent' as const), callId: calls, result: receipts.map(ok) }),
    fc.record({ type: fc.constant('reached' as const), callId: calls, receipt: receipts }),
    fc.record({
      type: fc.constant('localDescription' as const),
      callId: calls,
      generation: fc.nat(2),
      description: fc.constant(offer),
    }),
    fc.record({
      type: fc.constant('transport' as const),
      callId: calls,
      state: fc.constantFrom('connected' as const, 'disconnected' as const, 'failed' as const),
    }),
    fc.record({ type: fc.constant('timer' as const), callId: calls, name: fc.constantFrom(...timerNames) }),
  );

  it('never throw, and an ended call stays ended', () => {
    fc.assert(
      fc.property(fc.array(events, { minLength: 100, maxLength: 100 }), (sequence) => {
        let state = initialMachine(own);
        const ended = new Set<string>();
        for (const event of sequence) {
          const { call } = step(state, event, 5).state;
          if (call.phase === 'ended') {
            ended.add(call.callId);
          } else if (call.phase !== 'idle' && event.type !== 'dial') {
            expect(ended).not.toContain(call.callId);
          } else if (call.phase !== 'idle') {
            // The test reuses ids where the engine draws random ones.
            ended.delete(call.callId);
          }
          state = step(state, event, 5).state;
        }
      }),
      { numRuns: 100 },
    );
  });
});
