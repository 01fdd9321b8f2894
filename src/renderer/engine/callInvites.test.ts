import { describe, expect, it } from 'vitest';
import { fail } from '#shared/result.ts';
import { callId, deviceId, peerB, peerC } from '#tests/support/engine/engineWorld.ts';
import {
  connected,
  connectingOut,
  described,
  dial,
  incoming,
  invite,
  lost,
  message,
  online,
  outgoing,
  run,
  sentTypes,
} from '#tests/support/engine/machineRun.ts';
import { step } from './callMachine.ts';
import { initialMachine, type CallEvent } from './callState.ts';

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
    expect(sentTypes(last)).toEqual(['accept', 'answeredElsewhere']);
  });

  it('tells the other devices of the peer on which one their person talks', () => {
    const { last } = run(...outgoing, message(invite, peerB, 'c2'));
    expect(last).toContainEqual(
      expect.objectContaining({
        type: 'send',
        callId: 'c1',
        device: undefined,
        body: { type: 'answeredElsewhere', device: 'b' },
      }),
    );
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
