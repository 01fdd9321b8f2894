import { describe, expect, it } from 'vitest';
import type { CommandArgs } from '#shared/ipc/contract.ts';
import { longHistory, personId, sampleHistory } from '#tests/support/uiHarness/people.ts';
import { storeHarness } from '#tests/support/uiHarness/storeHarness.ts';
import { useHistoryStore } from './history.ts';

const now = 1_700_000_000_000;
const asked = (args: readonly unknown[]) => args as readonly { offset: number; limit: number }[];

describe('the history', () => {
  it('counts what is missed from the first moment on', () => {
    storeHarness({ info: { unseenCalls: 3 } });
    expect(useHistoryStore().unseen).toBe(3);
  });

  it('asks for the rows that are looked at, of however many', async () => {
    const { main } = storeHarness({ people: { history: longHistory(now, 100_000) } });
    const store = useHistoryStore();
    await store.look(0, 20);
    await store.look(60_195, 60_210);
    expect(store.total).toBe(100_000);
    expect(store.entryAt(60_195)?.row).toBe(100_000 - 60_195);
    expect(store.entryAt(30_000)).toBeUndefined();
    expect(asked(main.argsOf('historyRange')).map(({ offset }) => offset)).toEqual([0, 60_100, 60_200]);
  });

  it('asks for nothing that was flown over while an answer was on its way', async () => {
    const { main } = storeHarness({ people: { history: longHistory(now, 100_000) } });
    const store = useHistoryStore();
    await Promise.all([store.look(0, 20), store.look(5_000, 5_020), store.look(90_000, 90_020)]);
    expect(asked(main.argsOf('historyRange')).map(({ offset }) => offset)).toEqual([0, 90_000]);
  });

  it('follows changes, and shows the old rows until the new ones are here', async () => {
    const { main } = storeHarness({ people: { history: sampleHistory(now) } });
    const store = useHistoryStore();
    await store.look(0, 20);
    main.people.change(sampleHistory(now).slice(2));
    expect(store.unseen).toBe(1);
    expect(store.entryAt(0)?.row).toBe(12);
    await expect.poll(() => store.entryAt(0)?.row).toBe(10);
    expect(store.total).toBe(10);
  });

  it('shows missed calls alone, whatever answer was on its way', async () => {
    storeHarness({ people: { history: sampleHistory(now) } });
    const store = useHistoryStore();
    await Promise.all([store.look(0, 20), store.show('missed')]);
    await expect.poll(() => store.total).toBe(3);
    expect(store.entryAt(0)?.row).toBe(11);
  });

  it('marks all missed calls as seen', async () => {
    const { main } = storeHarness({ info: { unseenCalls: 2 }, people: { history: sampleHistory(now) } });
    const store = useHistoryStore();
    await store.markSeen();
    expect(main.argsOf('historySeen')).toEqual([{}]);
    expect(store.unseen).toBe(0);
  });

  it.each<readonly [string, CommandArgs<'historyRemove'>, number]>([
    ['one row', { what: 'rows', rows: [12] }, 11],
    ['an id', { what: 'peer', peer: personId(4) }, 10],
    ['what is older', { what: 'before', at: now - 10_000 * 60_000 }, 9],
    ['everything', { what: 'all' }, 0],
  ])('deletes %s', async (_what, args, left) => {
    storeHarness({ people: { history: sampleHistory(now) } });
    const store = useHistoryStore();
    await store.look(0, 20);
    expect(await store.remove(args)).toBeNull();
    await expect.poll(() => store.total).toBe(left);
  });

  it('says why it could not delete', async () => {
    storeHarness({ people: { history: sampleHistory(now) }, refuse: ['historyRemove'] });
    const store = useHistoryStore();
    await store.look(0, 20);
    await store.remove({ what: 'all' });
    expect(store.problem).toBe('APP_INTERNAL');
    expect(store.total).toBe(12);
  });

  it('says why it could not be read, and can be asked again', async () => {
    const { main } = storeHarness({ refuse: ['historyRange'] });
    const store = useHistoryStore();
    await store.look(0, 20);
    expect(store.problem).toBe('APP_INTERNAL');
    expect(store.total).toBeUndefined();
    await store.look(0, 20);
    expect(main.argsOf('historyRange')).toHaveLength(2);
  });

  it('knows whether an id ever called before this call', async () => {
    const history = sampleHistory(now);
    storeHarness({ people: { history } });
    const store = useHistoryStore();
    const [newest] = history;
    expect(await store.calledBefore(personId(6), undefined)).toBe(true);
    expect(await store.calledBefore(personId(6), history[6]?.callId)).toBe(false);
    expect(await store.calledBefore(personId(1), newest?.callId)).toBe(true);
    expect(await store.calledBefore(personId(40), undefined)).toBe(false);
  });
});
