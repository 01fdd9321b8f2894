import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callIdSchema, deviceIdSchema } from '#shared/identity/ids.ts';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import type { CallMark, CallRecord } from '#shared/people/history.ts';
import { ok } from '#shared/result.ts';
import { openTestDatabase } from '#tests/support/main/openTestDatabase.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { CallHistory } from './CallHistory.ts';

const newId = () => peerIdFromDigest(randomBytes(32));
const newCallId = () => callIdSchema.parse(randomBytes(16).toString('base64url'));
const newDevice = () => deviceIdSchema.parse(randomBytes(16).toString('base64url'));

const self = newDevice();
const laptop = newDevice();
const minute = 60_000;
const start = Date.UTC(2026, 0, 10);

async function makeHistory() {
  const time = { now: start };
  const away = new Set<PeerId>();
  const database = openTestDatabase(await tempFolder());
  const history = new CallHistory({
    self,
    database,
    mayRing: (peer) => !away.has(peer),
    now: () => time.now,
    logger: testLogger().logger,
  });
  const unseen: number[] = [];
  history.on('changed', (change) => unseen.push(change.unseen));
  const entries = (query: Partial<Parameters<CallHistory['range']>[0]> = {}) => {
    const range = history.range({ filter: 'all', offset: 0, limit: 200, ...query });
    return range.ok ? range.value.entries : [];
  };
  return { history, database, time, away, unseen, entries };
}

const talked = (changes: Partial<CallRecord> = {}): CallRecord => ({
  callId: newCallId(),
  peer: newId(),
  direction: 'incoming',
  video: true,
  at: start,
  seconds: 60,
  end: 'hungUp',
  device: self,
  ...changes,
});

const missed = (changes: Partial<CallRecord> = {}): CallRecord =>
  talked({ seconds: 0, end: 'missed', device: null, ...changes });

describe('the history', () => {
  it('shows the newest call first and the same call once', async () => {
    const { history, entries } = await makeHistory();
    const [first, second] = [talked({ end: null, seconds: 0 }), talked({ at: start + 1 })];
    history.record(first);
    history.record(second);
    history.record({ ...first, end: 'peerHungUp', seconds: 9 });
    expect(entries()).toMatchObject([second, { ...first, end: 'peerHungUp', seconds: 9, count: 1 }]);
  });

  it('is read in pieces', async () => {
    const { history, entries } = await makeHistory();
    for (let index = 0; index < 5; index++) {
      history.record(talked({ at: start + index }));
    }
    expect(entries({ offset: 1, limit: 2 }).map(({ at }) => at - start)).toEqual([3, 2]);
    expect(history.range({ filter: 'all', offset: 10, limit: 2 })).toEqual({
      ok: true,
      value: { total: 5, entries: [] },
    });
  });

  it('shows those of one peer, and those missed', async () => {
    const { history, entries } = await makeHistory();
    const peer = newId();
    const [call, lost] = [talked({ peer }), missed({ peer, at: start + 1 })];
    [call, lost, missed(), talked()].forEach((record) => history.record(record));
    expect(entries({ peer })).toMatchObject([lost, call]);
    expect(entries({ peer, filter: 'missed' })).toMatchObject([lost]);
    expect(history.range({ filter: 'missed', offset: 0, limit: 1 })).toMatchObject({ value: { total: 2 } });
  });

  it('names the device that took a call, when that is another one', async () => {
    const { history, database, entries } = await makeHistory();
    database.write((sql) => {
      const insert = 'INSERT INTO own_devices (device_id, name, platform, last_seen) VALUES (?, ?, ?, 1)';
      sql.run(insert, laptop, 'second-device', 'linux');
      sql.run(insert, self, 'this-device', 'linux');
      return ok(null);
    });
    history.record(talked());
    history.record(talked({ device: laptop, at: start + 1 }));
    history.record(talked({ device: newDevice(), at: start + 2 }));
    expect(entries().map(({ deviceName }) => deviceName)).toEqual([null, 'second-device', null]);
  });

  it('does not let another peer take the row of a call', async () => {
    const { history, entries } = await makeHistory();
    const call = talked();
    history.record(call);
    history.record(missed({ callId: call.callId }));
    history.recordMissed({ callId: call.callId, peer: newId(), video: false, at: start });
    expect(entries()).toMatchObject([call]);
  });

  it('knows whether there was a call with somebody before this one', async () => {
    const { history } = await makeHistory();
    const call = talked({ end: null });
    history.record(call);
    expect(history.knows(call.peer, call.callId)).toBe(false);
    expect(history.knows(call.peer, newCallId())).toBe(true);
  });
});

describe('a missed call', () => {
  it.each(['missed', 'noAnswer', 'cancelled', 'busy'] as const)('is one that ended as %s', async (end) => {
    const { history } = await makeHistory();
    history.record(missed({ end }));
    history.record(missed({ end, direction: 'outgoing' }));
    expect(history.unseen).toBe(1);
  });

  it.each(['declinedByMe', 'answeredElsewhere', 'declinedElsewhere', 'failed', null] as const)(
    'is none that ended as %s',
    async (end) => {
      const { history } = await makeHistory();
      history.record(missed({ end }));
      expect(history.unseen).toBe(0);
    },
  );

  it('stays marked until somebody looks', async () => {
    const { history, unseen, entries } = await makeHistory();
    const [one, other] = [missed(), missed()];
    history.record(one);
    history.record(other);
    history.seen(one.peer);
    expect(entries({ peer: one.peer })).toMatchObject([{ unseen: false }]);
    history.record(one);
    history.seen();
    expect(unseen).toEqual([1, 2, 1, 1, 0]);
  });

  it('is counted in the row of the one just before', async () => {
    const { history, entries } = await makeHistory();
    const peer = newId();
    history.record(missed({ peer }));
    history.record(missed({ peer, at: start + 9 * minute, video: false }));
    history.record(missed({ peer, at: start + 18 * minute }));
    expect(entries()).toMatchObject([{ count: 3, at: start + 18 * minute, unseen: true, video: true }]);
    expect(history.unseen).toBe(1);
  });

  it('has a row of its own after ten minutes, after another call, and for another peer', async () => {
    const { history, entries } = await makeHistory();
    const peer = newId();
    history.record(missed({ peer }));
    history.record(missed({ peer, at: start + 10 * minute }));
    history.record(talked({ peer, at: start + 11 * minute }));
    history.record(missed({ peer, at: start + 12 * minute }));
    history.record(missed({ at: start + 13 * minute }));
    expect(entries().map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
  });

  it('comes a thousand times in a minute and is one row', async () => {
    const { history, entries } = await makeHistory();
    const peer = newId();
    for (let index = 0; index < 1_000; index++) {
      history.recordMissed({ peer, callId: newCallId(), video: true, at: start - 1_000 + index });
    }
    expect(entries()).toMatchObject([{ peer, count: 1_000, end: 'missed', direction: 'incoming' }]);
    expect(history.unseen).toBe(1);
  }, 30_000);

  it('counts once however often it is said', async () => {
    const { history, entries } = await makeHistory();
    const peer = newId();
    const calls = [newCallId(), newCallId()];
    for (const callId of [...calls, ...calls]) {
      history.recordMissed({ peer, callId, video: true, at: start });
    }
    calls.forEach((callId) => history.record(missed({ peer, callId })));
    history.merge(calls.map((callId) => missed({ peer, callId })));
    expect(entries()).toMatchObject([{ count: 2 }]);
  });

  it('of which a peer says that it comes from tomorrow is not newer than now', async () => {
    const { history, entries } = await makeHistory();
    history.recordMissed({ peer: newId(), callId: newCallId(), video: true, at: start + 3_600_000 });
    expect(entries()).toMatchObject([{ at: start }]);
  });
});

describe('deleting', () => {
  it('takes single rows', async () => {
    const { history, entries } = await makeHistory();
    const [a, b] = [talked(), talked()];
    history.record(a);
    history.record(b);
    const row = entries({ peer: a.peer })[0]?.row ?? 0;
    expect(await history.remove({ what: 'rows', rows: [row, 999] })).toEqual({ ok: true, value: 1 });
    expect(entries()).toMatchObject([b]);
  });

  it('takes all calls with somebody, however many', async () => {
    const { history, database, entries } = await makeHistory();
    const [peer, other] = [newId(), talked()];
    history.record(other);
    database.write((sql) => {
      for (let index = 0; index < 1_000; index++) {
        sql.run(
          `INSERT INTO calls (call_id, peer, direction, video, at, seconds, missed, count, unseen)
           VALUES (?, ?, 'incoming', 1, ?, 1, 0, 1, 0)`,
          newCallId(),
          peer,
          index,
        );
      }
      return ok(null);
    });
    expect(await history.remove({ what: 'peer', peer })).toEqual({ ok: true, value: 1_000 });
    expect(entries()).toMatchObject([other]);
  });

  it('takes what is older than a time', async () => {
    const { history, entries } = await makeHistory();
    [0, 1, 2].forEach((at) => history.record(talked({ at })));
    expect(await history.remove({ what: 'before', at: 2 })).toEqual({ ok: true, value: 2 });
    expect(entries()).toMatchObject([{ at: 2 }]);
  });

  it('takes all, and the marks', async () => {
    const { history, entries, unseen } = await makeHistory();
    history.record(missed());
    history.record(talked());
    expect(await history.remove({ what: 'all' })).toEqual({ ok: true, value: 2 });
    expect(entries()).toEqual([]);
    expect(unseen.at(-1)).toBe(0);
  });

  it.each(['rows', 'peer', 'before', 'all'] as const)(
    'of %s is not undone by another device',
    async (kind) => {
      const { history, entries } = await makeHistory();
      const call = talked({ at: start - minute });
      history.record(call);
      const what: Record<typeof kind, Parameters<CallHistory['remove']>[0]> = {
        rows: { what: 'rows', rows: [entries()[0]?.row ?? 0] },
        peer: { what: 'peer', peer: call.peer },
        before: { what: 'before', at: start },
        all: { what: 'all' },
      };
      await history.remove(what[kind]);
      history.merge([call]);
      expect(entries()).toEqual([]);
    },
  );
});

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
