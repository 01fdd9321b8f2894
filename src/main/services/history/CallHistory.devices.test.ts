import { describe, expect, it } from 'vitest';
import type { CallMark } from '#shared/people/history.ts';
import {
  laptop,
  makeHistory,
  minute,
  missed,
  newId,
  start,
  talked,
} from '#tests/support/main/historyWorld.ts';

describe('two devices of one person', () => {
  it('agree on a call that one of them took', async () => {
    const { history, entries } = await makeHistory();
    const here = missed({ end: 'answeredElsewhere' });
    const there = { ...here, end: 'peerHungUp', seconds: 300, device: laptop, at: start + 5 } as const;
    history.record(here);
    history.merge([there]);
    expect(entries()).toMatchObject([{ ...there, at: start, unseen: false }]);
    history.merge([here]);
    history.record(here);
    expect(entries()).toMatchObject([{ ...there, at: start }]);
  });

  it('agree on a call that rang here in vain and was taken there', async () => {
    const { history, entries } = await makeHistory();
    const here = missed();
    history.record(here);
    history.merge([{ ...here, end: 'hungUp', seconds: 5, device: laptop }]);
    expect(entries()).toMatchObject([{ end: 'hungUp', device: laptop, unseen: false }]);
    expect(history.unseen).toBe(0);
  });

  it('take a call out of a row of missed ones when it turns out to be none', async () => {
    const { history, entries } = await makeHistory();
    const peer = newId();
    const calls = [0, 1, 2].map((index) => missed({ peer, at: start + index }));
    const [first, second] = calls;
    calls.forEach((call) => history.record(call));
    const answered = { end: 'hungUp', seconds: 5, device: laptop } as const;
    expect(entries()).toMatchObject([{ count: 3 }]);
    history.merge(second === undefined ? [] : [{ ...second, ...answered }]);
    expect(entries().map(({ count, end }) => [count, end])).toEqual([
      [2, 'missed'],
      [1, 'hungUp'],
    ]);
    history.merge(first === undefined ? [] : [{ ...first, ...answered }]);
    expect(entries().map(({ count, end }) => [count, end])).toEqual([
      [1, 'missed'],
      [1, 'hungUp'],
      [1, 'hungUp'],
    ]);
  });

  it('do not bring a call that still lasts', async () => {
    const { history, entries } = await makeHistory();
    history.merge([talked({ end: null })]);
    expect(entries()).toEqual([]);
  });

  it('bring no call from a future that only their clock knows', async () => {
    const { history, entries } = await makeHistory();
    history.merge([talked({ at: start + 3_600_000 })]);
    expect(entries()).toMatchObject([{ at: start }]);
  });

  it('mark a missed call that only the other saw, unless it was long ago', async () => {
    const { history } = await makeHistory();
    history.merge([missed({ at: start - 8 * 24 * 60 * minute })]);
    expect(history.unseen).toBe(0);
    history.merge([missed({ at: start - minute })]);
    expect(history.unseen).toBe(1);
  });

  it('tell each other what is over, the oldest first, a week back from what the other has', async () => {
    const { history } = await makeHistory();
    const day = 24 * 60 * minute;
    const calls = [9, 3, 1].map((days) => talked({ at: start - days * day }));
    [...calls, talked({ end: null, seconds: 0 })].forEach((call) => history.record(call));
    expect(history.since(start)).toEqual({ ok: true, value: calls.slice(1) });
    expect(history.since(0)).toEqual({ ok: true, value: calls });
    expect(history.newest()).toEqual({ ok: true, value: start });
  });
});

describe('a call that rings here while another computer is busy', () => {
  it.each(['before', 'after'] as const)(
    'is not missed when that one says so %s it begins to ring',
    async (when) => {
      const { history, entries } = await makeHistory();
      const ringing = missed({ end: null });
      const busy = missed({ ...ringing, end: 'missed' });
      if (when === 'before') {
        history.merge([busy]);
        history.record(ringing);
      } else {
        history.record(ringing);
        history.merge([busy]);
      }
      expect(entries()).toMatchObject([{ end: null, unseen: false }]);
      history.record({ ...ringing, end: 'missed' });
      expect(entries()).toMatchObject([{ end: 'missed', unseen: true }]);
    },
  );
});

describe('a call that rings here after another computer, which was busy, said so', () => {
  it('is newer than the missed calls that it was counted with', async () => {
    const { history, entries } = await makeHistory();
    const peer = newId();
    history.record(missed({ peer, at: start - 2 * minute }));
    const call = talked({ peer, at: start - 5 });
    history.merge([missed({ ...call, at: start, end: 'missed', seconds: 0, device: null })]);
    expect(entries()).toMatchObject([{ count: 2 }]);
    history.record({ ...call, end: null, seconds: 0, device: null });
    history.record(call);
    expect(entries()).toMatchObject([call, { count: 1, end: 'missed' }]);
  });
});

describe('missed calls that were looked at on another computer', () => {
  async function twoComputers() {
    const [here, there] = [await makeHistory(), await makeHistory()];
    const calls = [missed(), missed({ at: start + 1 })];
    for (const { history } of [here, there]) {
      calls.forEach((call) => history.record(call));
    }
    const looked: (readonly CallMark[])[] = [];
    there.history.on('seen', (marks) => looked.push(marks));
    return { here, there, calls, looked };
  }

  it('are told once, and count as looked at here', async () => {
    const { here, there, looked } = await twoComputers();
    there.history.seen();
    there.history.seen();
    expect(looked).toHaveLength(1);
    here.history.seenElsewhere(looked[0] ?? []);
    expect(here.history.unseen).toBe(0);
  });

  it('are told of one peer alone when only that one was looked at', async () => {
    const { here, there, calls, looked } = await twoComputers();
    there.history.seen(calls[0]?.peer);
    here.history.seenElsewhere(looked[0] ?? []);
    expect(here.entries().map(({ unseen }) => unseen)).toEqual([true, false]);
  });

  it('are found again among those that a computer asks for, deleted ones too', async () => {
    const { here, there, calls } = await twoComputers();
    there.history.seen(calls[0]?.peer);
    const asked = here.history.unseenCalls();
    expect(asked).toMatchObject({ value: [{ callId: calls[1]?.callId }, { callId: calls[0]?.callId }] });
    const among = () => there.history.amongSeen(asked.ok ? asked.value : []);
    expect(among()).toMatchObject({ value: [{ callId: calls[0]?.callId }] });
    await there.history.remove({ what: 'rows', rows: there.entries().map(({ row }) => row) });
    expect(among()).toEqual(asked);
  });

  it('say nothing of calls that came later and are counted in the same row', async () => {
    const { here, there, calls, looked } = await twoComputers();
    there.history.seen();
    const again = missed({ at: start + minute, ...(calls[0] === undefined ? {} : { peer: calls[0].peer }) });
    here.history.record(again);
    here.history.seenElsewhere(looked[0] ?? []);
    expect(here.history.unseen).toBe(1);
    expect(here.entries()[0]).toMatchObject({ count: 2, unseen: true });
  });

  it('leave no mark when they are of somebody who may not ring here', async () => {
    const { history, away, unseen } = await makeHistory();
    const call = missed();
    away.add(call.peer);
    history.merge([call]);
    expect(unseen).toEqual([0]);
    expect(history.range({ filter: 'all', offset: 0, limit: 1 })).toMatchObject({ value: { total: 1 } });
  });
});
