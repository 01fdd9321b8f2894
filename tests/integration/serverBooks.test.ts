import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { BookEntry } from '#shared/protocol/messages.ts';
import { nodeSuites, type CountedNode } from '#tests/support/nodeSuite.ts';
import { testDeviceId, testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';

const someone = (): PeerId => testIdentity().id;

/** The whole book in one part. */
const putBook = async (
  client: ProtocolClient,
  others: 'call' | 'nothing',
  entries: readonly BookEntry[] = [],
) => client.request({ type: 'book.put', first: true, last: true, others, entries: [...entries] });

const nothing = (id: PeerId): BookEntry => ({ id, may: 'nothing' });
const call = (id: PeerId): BookEntry => ({ id, may: 'call' });

/** Deliveries that a device may leave without an `ack`. */
const unacked = 4;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

describe.each(nodeSuites())('books $name', ({ name, setUp, tearDown, start, redis }) => {
  let east: CountedNode;
  let west: CountedNode;

  beforeAll(setUp);
  afterAll(tearDown);
  beforeEach(async () => {
    const limits = { bookEntries: 10, unackedMessages: unacked };
    [east, west] = await Promise.all([start(limits), start(limits)]);
  });
  afterEach(async () => {
    await Promise.all([east.server.stop(), west.server.stop()]);
  });

  describe.each([
    { where: 'on the same node', node: () => east },
    { where: 'on another node', node: () => west },
  ])('a callee $where', ({ node }) => {
    test('is offline in every answer to a caller whom its book refuses', async () => {
      const caller = await east.server.login();
      const callee = await node().server.login();
      const [offline, offlineDevice] = [someone(), testDeviceId()];
      expect(await putBook(callee, 'call', [nothing(caller.id)])).toBe('done');

      /** All that a caller can do with an id, all that it hears, and what the server asks for it. */
      const attempt = async (id: PeerId, device: typeof offlineDevice) => {
        const heard: unknown[] = [];
        // Refs of the same length, unique for the session.
        const ref = (name: string): string => `${id.slice(0, 8)} ${name}`;
        east.reset();
        for (const ttl of [0, 30]) {
          for (const target of [undefined, device, testDeviceId()]) {
            const options = { ttl, ...(target === undefined ? {} : { device: target }) };
            heard.push(await caller.deliver(id, { ...options, ref: ref(`${heard.length}`) }));
          }
          heard.push(await caller.deliver(id, { ttl, ref: ref(`${heard.length - 1}`) }));
        }
        for (const first of [true, false]) {
          caller.send({ type: 'presence.watch', ref: ref('watch'), first, ids: [id] });
        }
        await caller.settle();
        heard.push(...caller.received.splice(0));
        const text = JSON.stringify(heard).replaceAll(id.slice(0, 8), 'id');
        return { heard: JSON.parse(text) as unknown, calls: new Map(east.calls) };
      };
      const refused = await attempt(callee.id, callee.deviceId);
      const unreached = await attempt(offline, offlineDevice);
      expect(refused).toEqual(unreached);
      await callee.settle();
      expect(callee.deliveries).toEqual([]);
    });

    test('stores nothing of a refused caller when it has just lost its connection', async () => {
      const caller = await east.server.login();
      const callee = await node().server.login();
      await putBook(callee, 'call', [nothing(caller.id)]);
      await callee.drop();
      await node().server.noticed(node() === east ? 1 : 0);
      expect(await caller.deliver(callee.id, { ttl: 60 })).toMatchObject({ devices: [], stored: false });
      const { identity, deviceId } = callee;
      const resume = { session: callee.ready.session, seq: 0 };
      const again = await node().server.login({ identity, deviceId, resume });
      await again.settle();
      expect(again.deliveries).toEqual([]);
    });

    test('that takes no more of others is offline, not full, to a refused caller', async () => {
      const [caller, friend] = [await east.server.login(), await east.server.login()];
      const callee = await node().server.login();
      await putBook(callee, 'call', [nothing(caller.id)]);
      for (let count = 0; count < unacked; count++) {
        expect((await friend.deliver(callee.id)).devices).toEqual([callee.deviceId]);
      }
      friend.send({ type: 'send', ref: 'one more', to: callee.id, box: 'YQ', ttl: 0 });
      expect((await friend.next('error')).code).toBe('rateLimited');
      expect(await caller.deliver(callee.id)).toMatchObject({ devices: [], stored: false });
    });

    test('is asked for in as many steps as an id that is offline, and in about the same time', async () => {
      const caller = await east.server.login();
      const callee = await node().server.login();
      await putBook(callee, 'nothing');
      const offline = someone();
      const took: Record<'refused' | 'offline', number[]> = { refused: [], offline: [] };
      const calls: Record<'refused' | 'offline', Map<string, number>> = {
        refused: new Map(),
        offline: new Map(),
      };
      const asked = west.calls.size;
      for (let round = 0; round < 400; round++) {
        // Whoever comes second finds everything warm, so they take turns.
        const kinds = round % 2 === 0 ? (['refused', 'offline'] as const) : (['offline', 'refused'] as const);
        for (const kind of kinds) {
          const id = kind === 'refused' ? callee.id : offline;
          east.reset();
          const before = performance.now();
          await caller.deliver(id);
          took[kind].push(performance.now() - before);
          for (const [name, count] of east.calls) {
            calls[kind].set(name, (calls[kind].get(name) ?? 0) + count);
          }
          // Within the lasting rate.
          await east.server.clock.advance(50);
        }
      }
      console.info(
        `median of 400: refused ${median(took.refused).toFixed(3)} ms, offline ${median(took.offline).toFixed(3)} ms`,
      );
      expect(calls.refused).toEqual(new Map([['otherNodes', 400]]));
      expect(calls.offline).toEqual(calls.refused);
      expect(west.calls.size).toBe(asked);
    }, 30_000);

    test('with "nothing" for others takes calls only of those it names', async () => {
      const [stranger, contact] = [await east.server.login(), await east.server.login()];
      const callee = await node().server.login();
      await putBook(callee, 'nothing', [call(contact.id)]);
      expect((await stranger.deliver(callee.id)).devices).toEqual([]);
      expect((await contact.deliver(callee.id)).devices).toEqual([callee.deviceId]);
    });

    test('always admits the devices of its own id', async () => {
      const callee = await node().server.login();
      const { identity } = callee;
      const own = await east.server.login({ identity });
      await putBook(callee, 'nothing', [nothing(identity.id)]);
      expect((await own.deliver(identity.id)).devices).toEqual([callee.deviceId]);
    });

    test('is reached on those of its devices whose book admits the caller', async () => {
      const caller = await east.server.login();
      const identity = testIdentity();
      const [closed, open] = [
        await node().server.login({ identity }),
        await node().server.login({ identity }),
      ];
      await putBook(closed, 'nothing');
      expect((await caller.deliver(identity.id)).devices).toEqual([open.deviceId]);
      expect((await caller.deliver(identity.id, { device: closed.deviceId })).devices).toEqual([]);
    });

    test('that changes single entries is reached accordingly from then on', async () => {
      const caller = await east.server.login();
      const callee = await node().server.login();
      const change = async (may: BookEntry['may'] | null) =>
        callee.request({ type: 'book.change', entries: [{ id: caller.id, may }] });
      const reached = async () => (await caller.deliver(callee.id)).devices.length;
      expect([await change('nothing'), await reached()]).toEqual(['done', 0]);
      expect([await change('call'), await reached()]).toEqual(['done', 1]);
      await putBook(callee, 'nothing', [call(someone())]);
      expect(await reached()).toBe(0);
      expect([await change('see'), await reached()]).toEqual(['done', 1]);
      expect([await change(null), await reached()]).toEqual(['done', 0]);
    });
  });

  test('a new book counts as a whole once its last part is there', async () => {
    const [first, second] = [await east.server.login(), await west.server.login()];
    const callee = await east.server.login();
    const reached = async () =>
      Promise.all([first, second].map(async (caller) => (await caller.deliver(callee.id)).devices.length));
    await putBook(callee, 'nothing', [call(first.id)]);
    const part = { type: 'book.put', others: 'nothing' } as const;
    expect(await callee.request({ ...part, first: true, last: false, entries: [call(someone())] })).toBe(
      'done',
    );
    expect(await callee.request({ ...part, first: false, last: false, entries: [call(second.id)] })).toBe(
      'done',
    );
    expect(await reached()).toEqual([1, 0]);
    expect(await callee.request({ ...part, first: false, last: true, entries: [] })).toBe('done');
    expect(await reached()).toEqual([0, 1]);
  });

  test('a book outlives its connection, on every node, from the first moment of the next one', async () => {
    const caller = await east.server.login();
    const callee = await east.server.login();
    const { identity, deviceId } = callee;
    await putBook(callee, 'nothing');
    await callee.close();
    for (const node of [west, east]) {
      const again = await node.server.login({ identity, deviceId });
      expect((await caller.deliver(identity.id)).devices).toEqual([]);
      await again.close();
    }
    const another = await west.server.login({ identity });
    expect((await caller.deliver(identity.id)).devices).toEqual([another.deviceId]);
  });

  test('a book goes along when its session moves to another node', async () => {
    const caller = await east.server.login();
    const callee = await east.server.login();
    await putBook(callee, 'call', [nothing(caller.id)]);
    await callee.drop();
    const { identity, deviceId } = callee;
    const resume = { session: callee.ready.session, seq: 0 };
    const again = await west.server.login({ identity, deviceId, resume });
    expect(again.ready.resumed).toBe(true);
    expect((await caller.deliver(identity.id)).devices).toEqual([]);
    await again.request({ type: 'book.change', entries: [{ id: caller.id, may: null }] });
    expect((await caller.deliver(identity.id)).devices).toEqual([deviceId]);
  });

  test('more entries than a server keeps are refused, and the book stays as it was', async () => {
    const [caller, callee] = [await west.server.login(), await east.server.login()];
    const entries = Array.from({ length: 6 }, () => call(someone()));
    const part = { type: 'book.put', others: 'call' } as const;
    await putBook(callee, 'nothing', entries);
    const more = Array.from({ length: 6 }, () => call(someone()));
    expect(await callee.request({ ...part, first: true, last: false, entries })).toBe('done');
    expect(await callee.request({ ...part, first: false, last: false, entries: more })).toBe('tooMany');
    expect(await callee.request({ ...part, first: false, last: true, entries: [] })).toBe('tooMany');
    expect(await putBook(callee, 'call', [...entries, ...more])).toBe('tooMany');
    expect(await callee.request({ type: 'book.change', entries: more })).toBe('tooMany');
    expect((await caller.deliver(callee.id)).devices).toEqual([]);
    expect(await callee.request({ type: 'book.change', entries: [call(caller.id)] })).toBe('done');
    expect((await caller.deliver(callee.id)).devices).toEqual([callee.deviceId]);
  });

  const put = { type: 'book.put', ref: 'r', first: true, last: true, others: 'call', entries: [] };
  const change = { type: 'book.change', ref: 'r', entries: [] as unknown[] };
  test.each([
    ['a right that there is not', { ...change, entries: [{ id: someone(), may: 'ring' }] }],
    ['an id with a wrong check character', { ...change, entries: [{ id: 'A'.repeat(25), may: 'see' }] }],
    ['a change of nothing', change],
    ['more entries than fit into one part', { ...put, entries: Array<unknown>(1_001).fill(call(someone())) }],
    ['others who see', { ...put, others: 'see' }],
    ['no word on others', { ...put, others: undefined }],
    ['a state that there is not', { type: 'presence.set', ref: 'r', state: 'away' }],
    ['a watch for no id', { type: 'presence.watch', ref: 'r', first: true, ids: ['nobody'] }],
    ['a watch without a list', { type: 'presence.watch', ref: 'r', first: true }],
  ])('%s ends the connection', async (_what, message) => {
    const client = await east.server.login();
    client.send(message);
    expect((await client.closed).code).toBe(4400);
  });

  test('entries that come twice count once', async () => {
    const callee = await east.server.login();
    const entry = call(someone());
    expect(
      await putBook(
        callee,
        'nothing',
        Array.from({ length: 100 }, () => entry),
      ),
    ).toBe('done');
  });

  test('new entries are limited for each address, the same book again is free, and the one before it stays', async () => {
    const strict = await start({ bookEntryBurst: 10, bookEntriesPerSecond: 1 });
    const [caller, callee] = [await east.server.login(), await strict.server.login()];
    const entries = [call(caller.id), ...Array.from({ length: 5 }, () => nothing(someone()))];
    expect(await putBook(callee, 'nothing', entries)).toBe('done');
    for (let count = 0; count < 10; count++) {
      expect(await putBook(callee, 'nothing', entries)).toBe('done');
    }
    expect(await putBook(callee, 'nothing', entries.slice(1))).toBe('rateLimited');
    expect(await callee.request({ type: 'book.change', entries: entries.slice(1) })).toBe('rateLimited');
    expect((await caller.deliver(callee.id)).devices).toEqual([callee.deviceId]);
    await strict.server.clock.advance(10_000);
    expect(await putBook(callee, 'nothing', entries.slice(1))).toBe('done');
    expect((await caller.deliver(callee.id)).devices).toEqual([]);
    await strict.server.stop();
  });

  if (name === 'over Redis') {
    test('a book that could not be kept is kept when it is sent again', async () => {
      const server = redis();
      if (server === undefined) {
        throw new Error('no Redis to end');
      }
      const callee = await east.server.login();
      await server.kill();
      await expect.poll(async () => east.server.server.healthy()).toBe(false);
      expect(await putBook(callee, 'nothing')).toBe('backplaneFailed');
      await server.start();
      await expect
        .poll(async () => (await east.server.server.healthy()) && west.server.server.healthy())
        .toBe(true);
      expect(await putBook(callee, 'nothing')).toBe('done');
      const { identity, deviceId } = callee;
      await callee.close();
      const again = await west.server.login({ identity, deviceId });
      const caller = await west.server.login();
      expect((await caller.deliver(again.id)).devices).toEqual([]);
    });
  }

  test('a part without a beginning is refused, so that the book is sent again as a whole', async () => {
    const callee = await east.server.login();
    const part = { type: 'book.put', others: 'nothing', entries: [] } as const;
    expect(await callee.request({ ...part, entries: [], first: false, last: false })).toBe('backplaneFailed');
    expect(await callee.request({ ...part, entries: [], first: false, last: true })).toBe('backplaneFailed');
    expect(await putBook(callee, 'nothing')).toBe('done');
  });

  test('a last part that is said again, because its answer was lost, is answered again', async () => {
    const callee = await east.server.login();
    callee.send({ type: 'book.put', ref: 'a', first: true, last: false, others: 'nothing', entries: [] });
    callee.send({ type: 'book.put', ref: 'b', first: false, last: true, others: 'nothing', entries: [] });
    callee.send({ type: 'book.put', ref: 'b', first: false, last: true, others: 'nothing', entries: [] });
    for (const ref of ['a', 'b', 'b']) {
      expect(await callee.next('done')).toEqual({ type: 'done', ref });
    }
  });
});
