import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { MemoryMailbox } from '#server/MemoryMailbox.ts';
import { RedisMailbox } from '#server/RedisMailbox.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import {
  mailboxKinds,
  newPlace,
  owner,
  starter,
  strangers,
  Subject,
  value,
} from '#tests/support/mailboxes.ts';
import { testLogger } from '#tests/support/testLogger.ts';

const { kinds, redisUrl } = mailboxKinds();
const { logger } = testLogger();

describe.each(kinds.filter(({ survives }) => survives))('$name', ({ make }) => {
  const start = starter(make);

  test('does what the one in memory does, whatever is asked of it', async () => {
    const bounds = { perRecipient: 6, perSender: 2, perSenderInAll: 5, inAll: 10, noticeMs: 1_000 };
    const ids = strangers.slice(0, 5);
    const id = fc.constantFrom(...ids);
    const holder = fc.constantFrom('one', 'two', 'three');
    const operation = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ kind: fc.constant('put' as const), from: id, to: id, named: fc.boolean() }),
      },
      fc.record({
        kind: fc.constant('lease' as const),
        to: id,
        holder,
        refuses: id,
        again: fc.boolean(),
        most: fc.nat({ max: 4 }),
      }),
      fc.record({ kind: fc.constant('acknowledge' as const), to: id, holder, most: fc.nat({ max: 3 }) }),
      fc.record({ kind: fc.constant('release' as const), to: id, holder }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 700 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 60 }), async (operations) => {
        const clock = new FakeClock();
        const model = new Subject(new MemoryMailbox({ bounds, clock }), clock);
        const subject = await start(bounds);
        const held = new Map<Subject, Map<string, string>>([
          [subject, new Map()],
          [model, new Map()],
        ]);
        for (const [index, step] of operations.entries()) {
          const outcomes = [];
          for (const each of [subject, model]) {
            const names = held.get(each) ?? new Map<string, string>();
            switch (step.kind) {
              case 'put':
                outcomes.push(await each.put(`box${index}`, step));
                break;
              case 'lease': {
                const admits = (from: PeerId) => from !== step.refuses;
                const leased = await each.lease(step.holder, { ...step, admits });
                leased.notices.forEach(({ box, mail }) => names.set(box, mail));
                outcomes.push({ ...leased, notices: leased.notices.map(({ box }) => box) });
                break;
              }
              case 'acknowledge': {
                const mail = [...names.values()].slice(-step.most);
                outcomes.push(value(await each.store.acknowledge(step.to, step.holder, mail)));
                break;
              }
              case 'release':
                // How many leases it found may differ: those of notices that are gone count with some.
                value(await each.store.release(step.to, step.holder));
                break;
              case 'wait':
                await each.clock.advance(step.ms);
                break;
            }
          }
          expect(outcomes[0]).toEqual(outcomes[1]);
        }
        await subject.store.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('leases in Redis', () => {
  const stores: RedisMailbox[] = [];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map(async (store) => store.close()));
  });

  async function nodes(leaseMs: number): Promise<readonly Subject[]> {
    const prefix = newPlace();
    const clock = new FakeClock();
    return Promise.all(
      ['east', 'west'].map(async () => {
        const store = new RedisMailbox({ url: redisUrl(), logger, prefix, clock, leaseMs });
        stores.push(store);
        value(await store.start());
        return new Subject(store, clock);
      }),
    );
  }

  test('never go to two nodes that ask at the same moment', async () => {
    const [east, west] = await nodes(60_000);
    if (east === undefined || west === undefined) {
      throw new Error('no nodes');
    }
    for (let round = 0; round < 100; round++) {
      await east.put(`a${round}`);
      await east.put(`b${round}`);
      const holders = [`e${round}`, `w${round}`] as const;
      const [here, there] = await Promise.all([east.lease(holders[0]), west.lease(holders[1])]);
      const got = [...here.notices, ...there.notices];
      expect(got.map(({ box }) => box).sort()).toEqual([`a${round}`, `b${round}`]);
      expect(Math.min(here.notices.length, there.notices.length)).toBe(0);
      for (const holder of holders) {
        await east.store.acknowledge(
          owner,
          holder,
          got.map(({ mail }) => mail),
        );
      }
    }
  });

  test('end by themselves when their node is gone, and not while it renews them', async () => {
    const [east, west] = await nodes(200);
    if (east === undefined || west === undefined) {
      throw new Error('no nodes');
    }
    await east.put('a');
    expect(await east.boxes('e')).toEqual(['a']);
    const until = performance.now() + 400;
    while (performance.now() < until) {
      await east.store.renew(owner, 'e');
      expect(await west.boxes('w')).toEqual([]);
    }
    let got: readonly string[] = [];
    while (got.length === 0) {
      got = await west.boxes('w');
    }
    expect(got).toEqual(['a']);
  });
});
