import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Backplane, BackplaneListener } from '#server/Backplane.ts';
import { MemoryBackplane, MemoryHub } from '#server/MemoryBackplane.ts';
import { RedisBackplane } from '#server/RedisBackplane.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
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

  test('it is healthy from start to close', async () => {
    const { backplane } = await start();
    expect(backplane.healthy()).toBe(true);
    await backplane.close();
    await backplane.close();
    expect(backplane.healthy()).toBe(false);
    expect(await backplane.register(someone(), testDeviceId(), many)).toMatchObject({
      ok: false,
      error: { code: 'BACKPLANE_FAILED' },
    });
  });
});

describe('RedisBackplane alone', () => {
  let server: RedisServer;
  const open: RedisBackplane[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (backplane) => backplane.close()));
  });
  afterAll(async () => server.stop());

  async function start(
    options: { readonly placeTtlMs?: number; readonly prefix?: string } = {},
    lost: BackplaneListener['lost'] = () => undefined,
  ): Promise<RedisBackplane> {
    const backplane = new RedisBackplane({ url: server.url, logger: testLogger().logger, ...options });
    open.push(backplane);
    expect((await backplane.start({ message: () => undefined, lost })).ok).toBe(true);
    return backplane;
  }

  async function withClient<T>(task: (client: ReturnType<typeof createClient>) => Promise<T>): Promise<T> {
    const client = createClient({ url: server.url });
    await client.connect();
    try {
      return await task(client as ReturnType<typeof createClient>);
    } finally {
      client.destroy();
    }
  }

  test('places carry a TTL, and a refresh renews it', async () => {
    const backplane = await start({ placeTtlMs: 60_000 });
    const id = someone();
    await backplane.register(id, testDeviceId(), many);
    await withClient(async (client) => {
      const ttl = await client.pTTL(`peerline:at:{${id}}`);
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(60_000);
      await client.pExpire(`peerline:at:{${id}}`, 1_000);
      await backplane.refresh();
      expect(await client.pTTL(`peerline:at:{${id}}`)).toBeGreaterThan(1_000);
    });
  });

  test('a refresh does not put back what was unregistered while it was under way', async () => {
    const [a, b] = [await start(), await start()];
    // More than are refreshed at once.
    const [id, device] = [someone(), testDeviceId()];
    await Promise.all(Array.from({ length: 500 }, async () => a.register(someone(), testDeviceId(), many)));
    await a.register(id, device, many);
    const refreshed = a.refresh();
    await Promise.all([refreshed, a.unregister(id, device)]);
    expect(await b.otherNodes(id)).toEqual({ ok: true, value: [] });
  });

  test('a place whose time is over is nowhere', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    await a.register(id, device, many);
    await withClient(async (client) => client.hSet(`peerline:at:{${id}}`, device, `${a.nodeId} 1000`));
    expect(await b.otherNodes(id)).toEqual({ ok: true, value: [] });
    expect(await b.otherNodes(id, device)).toEqual({ ok: true, value: [] });
  });

  test('a refresh puts places back that Redis has lost', async () => {
    const [a, b] = [await start(), await start()];
    const id = someone();
    await a.register(id, testDeviceId(), many);
    await withClient(async (client) => client.flushAll());
    expect(await b.otherNodes(id)).toEqual({ ok: true, value: [] });
    await a.refresh();
    expect(await b.otherNodes(id)).toEqual({ ok: true, value: [a.nodeId] });
  });

  test('a node learns at the next refresh that its device is elsewhere', async () => {
    const lost: unknown[] = [];
    const a = await start({}, (id, device) => lost.push([id, device]));
    const b = await start();
    const [id, device] = [someone(), testDeviceId()];
    await a.register(id, device, many);
    await b.register(id, device, many);
    await a.refresh();
    await a.refresh();
    expect(lost).toEqual([[id, device]]);
  });

  test('installations with different prefixes do not see each other', async () => {
    const [a, b] = [await start({ prefix: 'one' }), await start({ prefix: 'two' })];
    const id = someone();
    await a.register(id, testDeviceId(), many);
    expect(await b.otherNodes(id)).toEqual({ ok: true, value: [] });
    expect(await b.publish(a.nodeId, 'hello')).toEqual({ ok: true, value: false });
  });

  test('starting without a Redis fails with a result', async () => {
    const nowhere = new RedisBackplane({ url: 'redis://127.0.0.1:1', logger: testLogger().logger });
    expect(await nowhere.start({ message: () => undefined, lost: () => undefined })).toMatchObject({
      ok: false,
      error: { code: 'BACKPLANE_FAILED' },
    });
    await nowhere.close();
  });

  test('requests fail at once while Redis is away, and work again, messages too, when it is back', async () => {
    const a = await start();
    let arrived: (text: string) => void = () => undefined;
    const message = new Promise<string>((resolve) => {
      arrived = resolve;
    });
    const b = new RedisBackplane({ url: server.url, logger: testLogger().logger });
    open.push(b);
    await b.start({ message: (text) => arrived(text), lost: () => undefined });
    const id = someone();
    await b.register(id, testDeviceId(), many);

    await server.kill();
    await expect.poll(() => a.healthy()).toBe(false);
    expect(await a.otherNodes(id)).toMatchObject({ ok: false, error: { code: 'BACKPLANE_FAILED' } });

    await server.start();
    await expect.poll(() => a.healthy() && b.healthy(), { timeout: 10_000 }).toBe(true);
    await b.refresh();
    expect(await a.otherNodes(id)).toEqual({ ok: true, value: [b.nodeId] });
    await expect
      .poll(async () => a.publish(b.nodeId, 'back'), { timeout: 5_000 })
      .toEqual({ ok: true, value: true });
    expect(await message).toBe('back');
  });
});
