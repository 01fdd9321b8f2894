import { describe, expect, it } from 'vitest';
import type { DeviceBody } from '#shared/call/deviceMessages.ts';
import { ok } from '#shared/result.ts';
import { laptop, makeHistory, minute, missed, newId, self, start } from '#tests/support/main/historyWorld.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { RecordsSync } from './RecordsSync.ts';

/** A computer with its real history; what it says to the other arrives at once while that one is on. */
async function makeComputer() {
  const world = await makeHistory();
  const facts: { other?: RecordsSync | undefined } = {};
  const sync = new RecordsSync({
    courier: {
      send: async (body: DeviceBody) => {
        if (facts.other !== undefined && (body.type === 'records' || body.type === 'seen')) {
          facts.other.receive(body);
        }
        return Promise.resolve(ok({ devices: [], stored: false }));
      },
    },
    history: world.history,
    logger: testLogger().logger,
  });
  world.history.on('seen', (marks) => void sync.tellSeen(marks));
  const removeAllRows = async () =>
    world.history.remove({ what: 'rows', rows: world.entries().map(({ row }) => row) });
  return { ...world, facts, sync, removeAllRows };
}

type Computer = Awaited<ReturnType<typeof makeComputer>>;

/** Two computers of one person that are not on at the same time until they `meet`. */
async function makeTwo() {
  const [here, there] = [await makeComputer(), await makeComputer()];
  const part = (): void => {
    here.facts.other = undefined;
    there.facts.other = undefined;
  };
  /** Both begin a session: each says what it has, and answers what the other said. */
  const meet = async (): Promise<void> => {
    here.facts.other = there.sync;
    there.facts.other = here.sync;
    for (const [asking, asked, device] of [
      [here, there, self],
      [there, here, laptop],
    ] as const) {
      const { until: recordsUntil, unseen } = asking.sync;
      await asked.sync.answer(device, { recordsUntil, unseen: [...unseen] });
    }
  };
  const marks = (): readonly number[] => [here.history.unseen, there.history.unseen];
  const peer = newId();
  const first = missed({ peer, at: start - 5 * minute });
  const second = missed({ peer, at: start });
  [here, there].forEach(({ history }) => history.record(first));
  return { here, there, part, meet, marks, first, second };
}

describe('a missed call that came to one computer alone, in the row of one that was looked at', () => {
  it('keeps its mark, however often the computers meet', async () => {
    const { here, there, meet, part, marks, second } = await makeTwo();
    await meet();
    here.history.seen();
    expect(marks()).toEqual([0, 0]);
    part();
    there.history.record(second);
    await meet();
    await meet();
    expect(there.entries()).toMatchObject([{ count: 2, unseen: true }]);
    expect(marks()).toEqual([0, 1]);
  });

  it('keeps its mark when the other computer has deleted the row that it knows', async () => {
    const { here, there, meet, part, marks, second } = await makeTwo();
    await meet();
    here.history.seen();
    part();
    await here.removeAllRows();
    there.history.record(second);
    await meet();
    expect(marks()).toEqual([0, 1]);
  });

  it('has no mark any more once it was looked at where it came', async () => {
    const { here, there, meet, part, marks, second } = await makeTwo();
    await here.removeAllRows();
    there.history.record(second);
    await meet();
    part();
    there.history.seen();
    await meet();
    await meet();
    expect(marks()).toEqual([0, 0]);
    expect(here.entries()).toEqual([]);
  });
});

describe('a row of missed calls that came to both computers', () => {
  it.each<[string, (computer: Computer) => unknown]>([
    ['looked at', ({ history }) => history.seen()],
    ['deleted', async ({ removeAllRows }) => removeAllRows()],
  ])('has no mark on one of them once it was %s on the other while that one was off', async (_, act) => {
    const { here, there, meet, marks, second } = await makeTwo();
    [here, there].forEach(({ history }) => history.record(second));
    await act(here);
    expect(marks()).toEqual([0, 1]);
    await meet();
    expect(marks()).toEqual([0, 0]);
    expect(there.entries()).toMatchObject([{ count: 2, unseen: false }]);
  });
});
