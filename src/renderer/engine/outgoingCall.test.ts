import { describe, expect, it } from 'vitest';
import { fail } from '#shared/result.ts';
import { callId, deviceId, peerB } from '#tests/support/engine/engineWorld.ts';
import {
  answer,
  connectingOut,
  described,
  dial,
  message,
  online,
  outgoing,
  receipt,
  run,
  sentTypes,
  theyAccept,
  timer,
} from '#tests/support/engine/machineRun.ts';
import { snapshotOf } from './callSnapshot.ts';
import type { CallEvent } from './callState.ts';

const from = (device: string, body: Parameters<typeof message>[0]): CallEvent =>
  message(body, peerB, 'c1', { device });
const rings = (device: string) => from(device, { type: 'ringing' });
const isBusy = (device: string) => from(device, { type: 'busy' });
const cannotShow = (device: string) => from(device, { type: 'decline', reason: 'noDevice' });
const declines = (device: string) => from(device, { type: 'decline', reason: 'user' });
const dialled = [online, dial, described];
const toBoth = [...dialled, receipt(['b', 'b2'])];

describe('how far a call has come', () => {
  // prettier-ignore
  it.each<[string, CallEvent[], string, number]>([
    ['calls before the receipt', dialled, 'calling', 0],
    ['calls while the invite is only kept for a device', [...dialled, receipt([], true)], 'calling', 0],
    ['has reached one device', [...dialled, receipt(['b'])], 'reached', 1],
    ['has reached two devices', toBoth, 'reached', 2],
    ['rings on one of two', [...toBoth, rings('b2')], 'ringing', 1],
    ['rings on both', [...toBoth, rings('b2'), rings('b')], 'ringing', 2],
    ['rings on one device that said so twice', [...toBoth, rings('b'), rings('b')], 'ringing', 1],
    ['rings before the receipt', [...dialled, rings('b')], 'ringing', 1],
    ['rings when the receipt comes later', [...dialled, rings('b'), receipt(['b', 'b2'])], 'ringing', 1],
    ['rings on a device that came back', [...dialled, receipt([], true), rings('b')], 'ringing', 1],
    ['has reached both when one is busy', [...toBoth, isBusy('b')], 'reached', 2],
    ['rings no more on a device whose window is gone', [...toBoth, rings('b'), cannotShow('b')], 'reached', 2],
  ])('%s', (_name, events, stage, devices) => {
    expect(snapshotOf(run(...events).state.call)).toMatchObject({ phase: 'outgoing', stage, devices });
  });
});

describe('a call that one device refuses', () => {
  // prettier-ignore
  it.each<[string, CallEvent[]]>([
    ['while another rings', [...toBoth, rings('b2'), isBusy('b')]],
    ['while another has the invite', [...toBoth, isBusy('b')]],
    ['while the receipt is awaited', [...dialled, isBusy('b')]],
    ['while a device may come back', [...dialled, receipt(['b'], true), isBusy('b')]],
    ['because it cannot show it, while another rings', [...toBoth, rings('b2'), cannotShow('b')]],
    ['with a bye, while another rings', [...toBoth, rings('b2'), from('b', { type: 'bye', reason: 'connectFailed' })]],
  ])('goes on %s', (_name, events) => {
    const { state, last } = run(...events);
    expect(state.call.phase).toBe('outgoing');
    expect(sentTypes(last)).toEqual([]);
  });

  // prettier-ignore
  it.each<[string, CallEvent[], string]>([
    ['busy when all are', [...toBoth, isBusy('b'), isBusy('b2')], 'busy'],
    ['busy when the receipt names no other', [...dialled, isBusy('b'), receipt(['b'])], 'busy'],
    ['busy when one is and the other cannot show it', [...toBoth, isBusy('b'), cannotShow('b2')], 'busy'],
    ['busy when nobody came back', [...dialled, receipt(['b'], true), isBusy('b'), timer('noRinging')], 'busy'],
    ['noAnswer when none can show it', [...toBoth, cannotShow('b'), cannotShow('b2')], 'noAnswer'],
    ['noAnswer when the last that rang cannot show it any more', [...toBoth, cannotShow('b'), rings('b2'), cannotShow('b2')], 'noAnswer'],
    ['declined when a person declined, though others ring', [...toBoth, rings('b2'), declines('b')], 'declined'],
  ])('ends as %s', (_name, events, reason) => {
    expect(run(...events).state.call).toMatchObject({ phase: 'ended', reason });
  });

  it('is told to all other devices when a person declined', () => {
    expect(run(...toBoth, rings('b2'), declines('b')).last).toContainEqual(
      expect.objectContaining({
        type: 'send',
        device: undefined,
        body: { type: 'declinedElsewhere', device: 'b' },
      }),
    );
  });

  it('can still be answered by a device that was busy a moment ago', () => {
    const accept = from('b', { type: 'accept', media: { video: true } });
    expect(run(...toBoth, isBusy('b'), accept).state.call).toMatchObject({
      phase: 'connecting',
      device: 'b',
    });
  });
});

describe('a call that waits for somebody', () => {
  it('goes on when the invite reached a device that says nothing', () => {
    expect(run(...outgoing, timer('noRinging')).state.call.phase).toBe('outgoing');
  });

  it('goes on when one device rings and the other never came back', () => {
    const { state } = run(...dialled, receipt(['b'], true), rings('b'), timer('noRinging'));
    expect(state.call.phase).toBe('outgoing');
  });

  it('counts no more devices than one id may have', () => {
    const many = Array.from({ length: 200 }, (_, index) => rings(`device ${index}`));
    expect(snapshotOf(run(...dialled, ...many).state.call)).toMatchObject({ devices: 64 });
  });
});

describe('a notice', () => {
  const hangUp: CallEvent = { type: 'hangUp' };
  const failed = (code: 'PEER_UNKNOWN' | 'SIGNALING_OFFLINE' | 'SIGNALING_TIMEOUT'): CallEvent => ({
    type: 'inviteSent',
    callId: callId('c1'),
    result: fail(code, 'test'),
  });

  // prettier-ignore
  it.each<[string, CallEvent[]]>([
    ['nobody was reached', [...dialled, receipt([])]],
    ['nobody came back', [...dialled, receipt([], true), timer('noRinging')]],
    ['nobody answered, and no device ever rang', [...toBoth, timer('ring')]],
    ['no device could show it', [...toBoth, cannotShow('b'), cannotShow('b2')]],
    ['the caller gave up before anybody came back', [...dialled, receipt([], true), hangUp]],
  ])('is left when %s', (_name, events) => {
    const { last } = run(...events);
    expect(last.at(-1)).toEqual({ type: 'leaveNotice', to: peerB, callId: 'c1', video: true });
    expect(sentTypes(last)).toEqual(['cancel']);
  });

  // prettier-ignore
  it.each<[string, CallEvent[]]>([
    ['a device rang', [...toBoth, rings('b'), timer('ring')]],
    ['a device rang before its window was gone', [...dialled, receipt(['b']), rings('b'), cannotShow('b')]],
    ['all devices are busy', [...toBoth, isBusy('b'), isBusy('b2')]],
    ['somebody declined', [...toBoth, declines('b')]],
    ['the caller gave up before the invite went out', [online, dial, hangUp]],
    ['the caller gave up before the receipt', [...dialled, hangUp]],
    ['the caller gave up a call that had reached somebody', [...toBoth, hangUp]],
    ['the id is unknown', [...dialled, failed('PEER_UNKNOWN')]],
    ['signaling is down', [...dialled, failed('SIGNALING_OFFLINE')]],
    ['the call was answered', [...connectingOut, hangUp]],
  ])('is not left when %s', (_name, events) => {
    expect(run(...events).effects.map(({ type }) => type)).not.toContain('leaveNotice');
  });

  it.each([
    [true, 'left'],
    [false, 'failed'],
  ])('that could be left: %s, is shown as %s', (left, notice) => {
    const done: CallEvent = { type: 'noticeDone', callId: callId('c1'), left };
    expect(snapshotOf(run(...dialled, receipt([]), done).state.call)).toMatchObject({ notice });
  });

  it('of an earlier call says nothing about this one', () => {
    const done: CallEvent = { type: 'noticeDone', callId: callId('c0'), left: true };
    expect(snapshotOf(run(...dialled, receipt([]), done).state.call)).toMatchObject({ notice: null });
  });
});

describe('a call that is answered', () => {
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
