import { describe, expect, it } from 'vitest';
import { ok } from '#shared/result.ts';
import {
  laptop,
  makeHistory,
  minute,
  missed,
  newCallId,
  newId,
  self,
  start,
  talked,
} from '#tests/support/main/historyWorld.ts';
import { testDeviceId } from '#tests/support/protocolClient.ts';
import type { CallHistory } from './CallHistory.ts';

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
    history.record(talked({ device: testDeviceId(), at: start + 2 }));
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

  it('is counted beside the one next to it in time, also when it is heard of later', async () => {
    const { history, entries } = await makeHistory();
    const peer = newId();
    history.record(talked({ peer, at: start - minute, direction: 'outgoing' }));
    for (const before of [9, 7, 8]) {
      history.recordMissed({ peer, callId: newCallId(), video: true, at: start - before * minute });
    }
    expect(entries().map(({ count, end }) => [count, end])).toEqual([
      [1, 'hungUp'],
      [3, 'missed'],
    ]);
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

describe('a call that the app did not see the end of', () => {
  it('is missed where it rang, and is said to have failed where it was placed or answered', async () => {
    const { history, entries } = await makeHistory();
    history.record(missed({ end: null, at: start }));
    history.record(talked({ end: null, seconds: 0, at: start + 1 }));
    history.record(talked({ end: null, seconds: 0, direction: 'outgoing', at: start + 2 }));
    history.record(talked({ at: start + 3 }));
    history.start();
    expect(entries().map(({ end, unseen }) => [end, unseen])).toEqual([
      ['hungUp', false],
      ['failed', false],
      ['failed', false],
      ['missed', true],
    ]);
    expect(history.unseen).toBe(1);
  });

  it('stays as it is, and lets the app start, where the storage cannot be written', async () => {
    const { history, database, entries } = await makeHistory();
    history.record(missed({ end: null }));
    database.write((sql) => ok(sql.run('PRAGMA query_only = 1')));
    history.start();
    expect(entries()).toMatchObject([{ end: null }]);
  });

  it('is left alone where every call has its end', async () => {
    const { history, entries } = await makeHistory();
    history.record(talked());
    const before = entries();
    history.start();
    expect(entries()).toEqual(before);
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
