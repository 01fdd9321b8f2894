import { beforeEach, describe, expect, it } from 'vitest';
import { endReasons } from '#shared/call/endReasons.ts';
import { callIdSchema, deviceIdSchema } from '#shared/identity/ids.ts';
import type { CallRecord } from '#shared/people/history.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { FakeBridge } from '#tests/support/uiHarness/FakeBridge.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { sampleInfo } from '#tests/support/uiHarness/sampleInfo.ts';
import type { CallSnapshot } from '../engine/types.ts';
import { CallRecorder } from './CallRecorder.ts';

const peer = personId(1);
const own = deviceIdSchema.parse('A'.repeat(22));
const other = deviceIdSchema.parse('B'.repeat(22));
const id = (letter: string) => callIdSchema.parse(letter.repeat(22));
const sending = { microphone: true, camera: true, screen: false };

let main: FakeBridge;
let recorder: CallRecorder;
beforeEach(() => {
  main = new FakeBridge({ info: sampleInfo(0) });
  recorder = new CallRecorder({ bridge: main.bridge, own, log: testLogger().logger });
});

const facts = (direction: 'outgoing' | 'incoming', callId = id('C')) =>
  ({ callId, peer, direction, video: true, startedAt: 1_000, local: sending, remote: sending }) as const;
const calling = (callId = id('C')): CallSnapshot => ({
  ...facts('outgoing', callId),
  phase: 'outgoing',
  stage: 'calling',
  devices: 0,
});
const rings: CallSnapshot = { ...facts('incoming'), phase: 'incoming' };
const connecting = (direction: 'outgoing' | 'incoming', callId = id('C')): CallSnapshot => ({
  ...facts(direction, callId),
  phase: 'connecting',
});
const talking = (direction: 'outgoing' | 'incoming'): CallSnapshot => ({
  ...facts(direction),
  phase: 'connected',
  connectedAt: 2_000,
});
const ended = (
  direction: 'outgoing' | 'incoming',
  change: Partial<Extract<CallSnapshot, { phase: 'ended' }>> = {},
): CallSnapshot => ({
  ...facts(direction),
  phase: 'ended',
  reason: 'hungUp',
  code: null,
  elsewhere: null,
  notice: null,
  connectedAt: null,
  endedAt: 44_600,
  ...change,
});

const records = () =>
  main.argsOf('historyRecord').map((args) => (args as { readonly call: CallRecord }).call);
const told = (...states: CallSnapshot[]) => {
  for (const state of states) {
    recorder.follow(state);
  }
  return records().map(({ end, device, seconds }) => [end, device, seconds]);
};

describe('the record of a call', () => {
  it('has everything that the call is about', () => {
    told(calling());
    expect(records()).toEqual([
      {
        callId: id('C'),
        peer,
        direction: 'outgoing',
        video: true,
        at: 1_000,
        seconds: 0,
        end: null,
        device: own,
      },
    ]);
  });

  // prettier-ignore
  it.each<[string, CallSnapshot[], [string | null, string | null, number][]]>([
    ['placed here and answered', [calling(), connecting('outgoing'), talking('outgoing'), ended('outgoing', { connectedAt: 2_000 })], [[null, own, 0], ['hungUp', own, 43]]],
    ['placed here and not answered', [calling(), ended('outgoing', { reason: 'noAnswer' })], [[null, own, 0], ['noAnswer', own, 0]]],
    ['taken here', [rings, connecting('incoming'), talking('incoming'), ended('incoming', { connectedAt: 2_000 })], [[null, null, 0], [null, own, 0], ['hungUp', own, 43]]],
    ['taken here and never connected', [rings, connecting('incoming'), ended('incoming', { reason: 'connectFailed' })], [[null, null, 0], [null, own, 0], ['connectFailed', own, 0]]],
    ['declined here', [rings, ended('incoming', { reason: 'declinedByMe' })], [[null, null, 0], ['declinedByMe', own, 0]]],
    ['missed', [rings, ended('incoming', { reason: 'missed' })], [[null, null, 0], ['missed', null, 0]]],
    ['failed while it rang', [rings, ended('incoming', { reason: 'failed' })], [[null, null, 0], ['failed', null, 0]]],
    ['answered elsewhere', [rings, ended('incoming', { reason: 'answeredElsewhere', elsewhere: other })], [[null, null, 0], ['answeredElsewhere', other, 0]]],
    ['taken here a moment too late', [rings, connecting('incoming'), ended('incoming', { reason: 'answeredElsewhere', elsewhere: other })], [[null, null, 0], [null, own, 0], ['answeredElsewhere', other, 0]]],
    ['missed until word came', [rings, ended('incoming', { reason: 'missed' }), ended('incoming', { reason: 'declinedElsewhere', elsewhere: other })], [[null, null, 0], ['missed', null, 0], ['declinedElsewhere', other, 0]]],
  ])('that was %s says so', (_name, states, expected) => {
    expect(told(...states)).toEqual(expected);
  });

  it('is written once for each step, however often the call is shown', () => {
    expect(
      told(rings, rings, ended('incoming', { reason: 'missed' }), ended('incoming', { reason: 'missed' })),
    ).toHaveLength(2);
  });

  it.each(endReasons)('keeps the reason %s', (reason) => {
    expect(told(ended('outgoing', { reason }))).toEqual([[reason, own, 0]]);
  });
});

describe('when both dialled at once', () => {
  it('the call that was given up leaves the history', async () => {
    told(calling(id('X')), ended('outgoing', { callId: id('X') }));
    told(calling(), connecting('outgoing', id('G')));
    await new Promise((resolve) => setImmediate(resolve));
    const history = await main.bridge.historyRange({ filter: 'all', offset: 0, limit: 10 });
    expect(history.ok && history.value.entries.map(({ callId }) => callId).sort()).toEqual([
      id('G'),
      id('X'),
    ]);
  });

  it('nothing is removed for a call that follows one that ended', async () => {
    told(calling(), ended('outgoing'), calling(id('G')));
    await new Promise((resolve) => setImmediate(resolve));
    expect(main.argsOf('historyRemove')).toEqual([]);
  });
});
