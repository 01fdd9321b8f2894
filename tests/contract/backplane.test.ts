import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Backplane, BackplaneListener } from '#server/Backplane.ts';
import { Book } from '#server/Book.ts';
import { MemoryBackplane, MemoryHub } from '#server/MemoryBackplane.ts';
import { RedisBackplane } from '#server/RedisBackplane.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import { bookRights, type BookEntry } from '#shared/protocol/messages.ts';
import { testDeviceId, testIdentity } from '#tests/support/protocolClient.ts';
import { RedisServer } from '#tests/support/redisServer.ts';
import { testLogger } from '#tests/support/testLogger.ts';

interface Node {
  readonly backplane: Backplane;
  readonly messages: string[];
  /** Waits until `count` messages are here. */
  readonly received: (count: number) => Promise<readonly string[]>;
}

/** Makes nodes that know of each other, with a place for what they receive. */
interface Implementation {
  readonly name: string;
  readonly setUp: () => Promise<() => Backplane>;
  readonly tearDown: () => Promise<void>;
}

let redis: RedisServer | undefined;

const implementations: readonly Implementation[] = [
  {
    name: 'MemoryBackplane',
    setUp: async () => {
      const hub = new MemoryHub();
      return Promise.resolve(() => new MemoryBackplane({ hub }));
    },
    tearDown: async () => Promise.resolve(),
  },
  {
    name: 'RedisBackplane',
    setUp: async () => {
      redis = await RedisServer.start();
      const { url } = redis;
      return () => new RedisBackplane({ url, logger: testLogger().logger });
    },
    tearDown: async () => redis?.stop(),
  },
];

const someone = (): PeerId => testIdentity().id;
const many = 64;

describe.each(implementations)('$name', ({ setUp, tearDown }) => {
  let make: () => Backplane;
  let nodes: Node[] = [];

  beforeAll(async () => {
    make = await setUp();
  });
  afterAll(tearDown);
  afterEach(async () => {
    await Promise.all(nodes.map(async ({ backplane }) => backplane.close()));
    nodes = [];
  });

  async function start(listener: Partial<BackplaneListener> = {}): Promise<Node> {
    const backplane = make();
    const messages: string[] = [];
    let wake = (): void => undefined;
    const started = await backplane.start({
      message: (text) => {
        messages.push(text);
        wake();
      },
      lost: () => undefined,
      ...listener,
    });
    expect(started.ok).toBe(true);
    const received = async (count: number) =>
      new Promise<readonly string[]>((resolve) => {
        wake = () => {
          if (messages.length >= count) {
            resolve(messages);
          }
        };
        wake();
      });
    const node = { backplane, messages, received };
    nodes.push(node);
    return node;
  }

  test('a device that nobody registered is nowhere', async () => {
    const { backplane } = await start();
    expect(await backplane.otherNodes(someone())).toEqual({ ok: true, value: [] });
  });

  test('a registered device is found by the other nodes, not by its own', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    expect(await a.backplane.register(id, device, many)).toEqual({
      ok: true,
      value: { outcome: 'registered', previous: undefined, showed: false },
    });
    expect(await b.backplane.otherNodes(id)).toEqual({ ok: true, value: [a.backplane.nodeId] });
    expect(await a.backplane.otherNodes(id)).toEqual({ ok: true, value: [] });
  });

  test('a node with several devices of an id is named once', async () => {
    const [a, b] = [await start(), await start()];
    const id = someone();
    await a.backplane.register(id, testDeviceId(), many);
    await a.backplane.register(id, testDeviceId(), many);
    expect(await b.backplane.otherNodes(id)).toEqual({ ok: true, value: [a.backplane.nodeId] });
  });

  test('one device is looked for alone', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const [id, first, second] = [someone(), testDeviceId(), testDeviceId()];
    await a.backplane.register(id, first, many);
    await b.backplane.register(id, second, many);
    expect(await c.backplane.otherNodes(id, second)).toEqual({ ok: true, value: [b.backplane.nodeId] });
    const all = await c.backplane.otherNodes(id);
    expect(all.ok ? new Set(all.value) : all).toEqual(new Set([a.backplane.nodeId, b.backplane.nodeId]));
    expect(await c.backplane.otherNodes(id, testDeviceId())).toEqual({ ok: true, value: [] });
  });

  test('registering elsewhere moves the device and names the node before', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    await a.backplane.register(id, device, many);
    expect(await b.backplane.register(id, device, many)).toEqual({
      ok: true,
      value: { outcome: 'registered', previous: a.backplane.nodeId, showed: false },
    });
    expect(await c.backplane.otherNodes(id)).toEqual({ ok: true, value: [b.backplane.nodeId] });
  });

  test('registering again on the same node names no node before', async () => {
    const { backplane } = await start();
    const [id, device] = [someone(), testDeviceId()];
    await backplane.register(id, device, many);
    expect(await backplane.register(id, device, many)).toEqual({
      ok: true,
      value: { outcome: 'registered', previous: undefined, showed: false },
    });
  });

  test('an id has only so many devices, and those it has may still move', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    await a.backplane.register(id, device, 2);
    await a.backplane.register(id, testDeviceId(), 2);
    expect(await b.backplane.register(id, testDeviceId(), 2)).toEqual({
      ok: true,
      value: { outcome: 'full' },
    });
    expect(await b.backplane.register(id, device, 2)).toMatchObject({ value: { outcome: 'registered' } });
  });

  test('an unregistered device is nowhere', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    await a.backplane.register(id, device, many);
    expect(await a.backplane.unregister(id, device)).toEqual({ ok: true, value: [] });
    expect(await b.backplane.otherNodes(id)).toEqual({ ok: true, value: [] });
  });

  test('a node cannot unregister what another has taken over', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    await a.backplane.register(id, device, many);
    await b.backplane.register(id, device, many);
    await a.backplane.unregister(id, device);
    expect(await c.backplane.otherNodes(id)).toEqual({ ok: true, value: [b.backplane.nodeId] });
  });

  test('the devices of a closed node are nowhere', async () => {
    const [a, b] = [await start(), await start()];
    const id = someone();
    await a.backplane.register(id, testDeviceId(), many);
    await a.backplane.close();
    expect(await b.backplane.otherNodes(id)).toEqual({ ok: true, value: [] });
  });

  test('messages reach the node they are for, in order, and no other', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const texts = Array.from({ length: 500 }, (_, index) => `message ${index}`);
    const results = await Promise.all(
      texts.map(async (text) => a.backplane.publish(b.backplane.nodeId, text)),
    );
    expect(results.every((result) => result.ok && result.value)).toBe(true);
    expect(await b.received(texts.length)).toEqual(texts);
    expect(c.messages).toEqual([]);
  });

  test('a message of 64 KiB and any alphabet arrives as it was', async () => {
    const [a, b] = [await start(), await start()];
    const text = 'é\u{1F600}\n'.repeat(9_000);
    await a.backplane.publish(b.backplane.nodeId, text);
    expect(await b.received(1)).toEqual([text]);
  });

  test('publishing to a node that is gone says so', async () => {
    const [a, b] = [await start(), await start()];
    await b.backplane.close();
    expect(await a.backplane.publish(b.backplane.nodeId, 'anyone?')).toEqual({ ok: true, value: false });
  });

  test('questions are answered in the order they were asked', async () => {
    const { backplane } = await start();
    const ids = Array.from({ length: 200 }, someone);
    const answered: PeerId[] = [];
    await Promise.all(
      ids.map(async (id) => {
        await backplane.otherNodes(id);
        answered.push(id);
      }),
    );
    expect(answered).toEqual(ids);
  });

  test('a key is remembered for every node, after its owner has gone', async () => {
    const [a, b] = [await start(), await start()];
    const { id, publicKey } = testIdentity();
    expect(await b.backplane.findKey(id)).toEqual({ ok: true, value: undefined });
    expect(await a.backplane.rememberKey(id, publicKey)).toEqual({ ok: true, value: null });
    await a.backplane.close();
    expect(await b.backplane.findKey(id)).toEqual({ ok: true, value: publicKey });
  });

  const book = (others: 'call' | 'nothing', entries: readonly BookEntry[] = []): Book =>
    Book.of(others, entries);

  async function bookOf(node: Node, id: PeerId, device: DeviceId): Promise<Book> {
    const found = await node.backplane.findBook(id, device);
    if (!found.ok) {
      throw new Error(found.error.message);
    }
    return found.value;
  }

  test('a book is found by every node, also when its device is gone', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    const mine = book('nothing', [
      { id: someone(), may: 'see' },
      { id: someone(), may: 'call' },
      { id: someone(), may: 'nothing' },
    ]);
    expect((await bookOf(b, id, device)).says(Book.empty)).toBe(true);
    await a.backplane.register(id, device, many);
    expect(await a.backplane.putBook(id, device, mine)).toEqual({ ok: true, value: null });
    expect((await bookOf(b, id, device)).says(mine)).toBe(true);
    await a.backplane.unregister(id, device);
    expect((await bookOf(b, id, device)).says(mine)).toBe(true);
    await b.backplane.register(id, device, many);
    expect((await bookOf(a, id, device)).says(mine)).toBe(true);
    expect((await bookOf(a, id, testDeviceId())).says(Book.empty)).toBe(true);
  });

  test('a book of the largest size is kept as it was, and replaced as a whole', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    const large = book(
      'call',
      Array.from({ length: 6_000 }, (_, index) => ({
        id: peerIdFromDigest(createHash('sha256').update(String(index)).digest()),
        may: bookRights[index % bookRights.length] ?? 'see',
      })),
    );
    await a.backplane.register(id, device, many);
    await a.backplane.putBook(id, device, large);
    expect((await bookOf(b, id, device)).says(large)).toBe(true);
    const small = book('nothing', [{ id: someone(), may: 'call' }]);
    await a.backplane.putBook(id, device, small);
    expect((await bookOf(b, id, device)).says(small)).toBe(true);
    await a.backplane.putBook(id, device, Book.empty);
    expect((await bookOf(b, id, device)).says(Book.empty)).toBe(true);
  });

  test('changes of a book are found by every node, also where there was none', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device, friend] = [someone(), testDeviceId(), someone()];
    await a.backplane.register(id, device, many);
    let mine = Book.empty;
    for (const may of ['see', 'nothing', null] as const) {
      const changes = [
        { id: friend, may },
        { id: someone(), may: null },
      ];
      mine = mine.with(changes);
      expect(await a.backplane.changeBook(id, device, changes, mine)).toEqual({ ok: true, value: null });
      expect((await bookOf(b, id, device)).right(friend)).toBe(may ?? undefined);
    }
  });

  test('a sender whom no book admits finds no nodes', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const [id, closed, open, sender, friend] = [
      someone(),
      testDeviceId(),
      testDeviceId(),
      someone(),
      someone(),
    ];
    await a.backplane.register(id, closed, many);
    await a.backplane.putBook(id, closed, book('nothing', [{ id: friend, may: 'call' }]));
    const nodesFor = async (from: PeerId, device?: DeviceId) => {
      const nodes = await c.backplane.otherNodes(id, device, from);
      return nodes.ok ? new Set(nodes.value) : nodes;
    };
    const [atA, atB] = [a.backplane.nodeId, b.backplane.nodeId];
    expect(await nodesFor(sender)).toEqual(new Set());
    expect(await nodesFor(friend)).toEqual(new Set([atA]));
    expect(await nodesFor(id)).toEqual(new Set([atA]));
    await b.backplane.register(id, open, many);
    await b.backplane.putBook(id, open, book('call', [{ id: friend, may: 'nothing' }]));
    expect(await nodesFor(sender)).toEqual(new Set([atB]));
    expect(await nodesFor(sender, closed)).toEqual(new Set());
    expect(await nodesFor(sender, open)).toEqual(new Set([atB]));
    expect(await nodesFor(friend)).toEqual(new Set([atA]));
    expect(await nodesFor(id)).toEqual(new Set([atA, atB]));
  });

  test('whom a book lets call is named by it, whether its device is there or not', async () => {
    const { backplane } = await start();
    const [id, device, ...others] = [someone(), testDeviceId(), someone(), someone(), someone()] as const;
    const named = async () => Promise.all(others.map(async (other) => backplane.names(id, other)));
    const yes = { ok: true, value: true };
    const no = { ok: true, value: false };
    expect(await named()).toEqual([no, no, no]);
    await backplane.register(id, device, many);
    const rights = ['see', 'call', 'nothing'] as const;
    const entries = others.map((other, index) => ({ id: other, may: rights[index] ?? 'see' }));
    await backplane.putBook(id, device, book('call', entries));
    expect(await named()).toEqual([yes, yes, no]);
    await backplane.unregister(id, device);
    expect(await named()).toEqual([yes, yes, no]);
  });

  test('what devices show is told to whom their books let see it, and to the own id', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const [id, first, second, friend, other] = [
      someone(),
      testDeviceId(),
      testDeviceId(),
      someone(),
      someone(),
    ];
    const see = async () => {
      const states = await c.backplane.watch(id, [friend, other, id, friend]);
      return states.ok ? states.value : states;
    };
    await a.backplane.register(id, first, many);
    await a.backplane.putBook(id, first, book('call', [{ id: friend, may: 'see' }]));
    expect(await see()).toEqual(['offline', 'offline', 'offline', 'offline']);
    await a.backplane.show(id, first, 'online');
    expect(await see()).toEqual(['online', 'offline', 'online', 'online']);
    await b.backplane.register(id, second, many);
    await b.backplane.show(id, second, 'doNotDisturb');
    expect(await see()).toEqual(['online', 'offline', 'doNotDisturb', 'online']);
    await b.backplane.putBook(
      id,
      second,
      book('nothing', [
        { id: friend, may: 'see' },
        { id: other, may: 'see' },
      ]),
    );
    expect(await see()).toEqual(['doNotDisturb', 'doNotDisturb', 'doNotDisturb', 'doNotDisturb']);
    await b.backplane.show(id, second, 'inCall');
    expect(await see()).toEqual(['inCall', 'inCall', 'inCall', 'inCall']);
    await b.backplane.unregister(id, second);
    expect(await see()).toEqual(['online', 'offline', 'online', 'online']);
  });

  test('a change names the nodes that watch, and only those', async () => {
    const [a, b, c] = [await start(), await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    await a.backplane.register(id, device, many);
    const show = async (state: 'online' | 'inCall') => {
      const nodes = await a.backplane.show(id, device, state);
      return nodes.ok ? new Set(nodes.value) : nodes;
    };
    expect(await show('online')).toEqual(new Set());
    await b.backplane.watch(id, [someone()]);
    await c.backplane.watch(someone(), [someone()]);
    expect(await show('inCall')).toEqual(new Set([b.backplane.nodeId]));
    await a.backplane.watch(id, [someone()]);
    expect(await show('online')).toEqual(new Set([a.backplane.nodeId, b.backplane.nodeId]));
    await b.backplane.unwatch(id);
    expect(await show('online')).toEqual(new Set([a.backplane.nodeId]));
  });

  test('who unregisters a device that showed something learns who watches it', async () => {
    const [a, b] = [await start(), await start()];
    const [id, showing, silent] = [someone(), testDeviceId(), testDeviceId()];
    await a.backplane.register(id, showing, many);
    await a.backplane.register(id, silent, many);
    await a.backplane.show(id, showing, 'online');
    await b.backplane.watch(id, [someone()]);
    expect(await a.backplane.unregister(id, silent)).toEqual({ ok: true, value: [] });
    expect(await a.backplane.unregister(id, showing)).toEqual({ ok: true, value: [b.backplane.nodeId] });
    expect(await a.backplane.unregister(id, showing)).toEqual({ ok: true, value: [] });
  });

  test('a device that moves keeps what it shows, and its new node learns of it', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    await a.backplane.register(id, device, many);
    await a.backplane.show(id, device, 'inCall');
    expect(await b.backplane.register(id, device, many)).toMatchObject({ value: { showed: true } });
    expect(await a.backplane.watch(id, [id])).toEqual({ ok: true, value: ['inCall'] });
    // The node that had it says too late what it shows.
    await a.backplane.show(id, device, 'offline');
    expect(await a.backplane.watch(id, [id])).toEqual({ ok: true, value: ['inCall'] });
    await b.backplane.show(id, device, 'offline');
    expect(await a.backplane.register(id, device, many)).toMatchObject({ value: { showed: false } });
  });

  test('it is healthy from start to close', async () => {
    const { backplane } = await start();
    expect(await backplane.healthy()).toBe(true);
    await backplane.close();
    await backplane.close();
    expect(await backplane.healthy()).toBe(false);
    expect(await backplane.register(someone(), testDeviceId(), many)).toMatchObject({
      ok: false,
      error: { code: 'BACKPLANE_FAILED' },
    });
  });
});
