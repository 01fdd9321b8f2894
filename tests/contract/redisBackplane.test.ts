import { createHash } from 'node:crypto';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BackplaneListener } from '#server/Backplane.ts';
import { Book } from '#server/Book.ts';
import { RedisBackplane } from '#server/RedisBackplane.ts';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import { testDeviceId, testIdentity } from '#tests/support/protocolClient.ts';
import { RedisServer } from '#tests/support/redisServer.ts';
import { testLogger } from '#tests/support/testLogger.ts';

const someone = (): PeerId => testIdentity().id;
const many = 64;

describe('RedisBackplane', () => {
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

  test('books carry a TTL, and a refresh renews it', async () => {
    const backplane = await start();
    const [id, device] = [someone(), testDeviceId()];
    await backplane.register(id, device, many);
    await backplane.putBook(id, device, Book.of('nothing', []));
    await withClient(async (client) => {
      const keys = [`peerline:book:{${id}}:${device}`, `peerline:books:{${id}}`] as const;
      for (const key of keys) {
        const ttl = await client.pTTL(key);
        expect(ttl).toBeGreaterThan(29 * 86_400_000);
        expect(ttl).toBeLessThanOrEqual(30 * 86_400_000);
        await client.pExpire(key, 10_000);
      }
      await backplane.refresh();
      for (const key of keys) {
        expect(await client.pTTL(key)).toBeGreaterThan(10_000);
      }
    });
  });

  test('a refresh puts back what Redis has lost of a device: its book, and what it shows', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device, friend] = [someone(), testDeviceId(), someone()];
    const found = Book.of('nothing', [{ id: friend, may: 'see' }]);
    await a.register(id, device, many, found);
    await a.show(id, device, 'inCall');
    await withClient(async (client) => client.flushAll());
    expect(await b.watch(id, [friend])).toEqual({ ok: true, value: ['offline'] });
    await a.refresh();
    expect(await b.watch(id, [friend, someone()])).toEqual({ ok: true, value: ['inCall', 'offline'] });
    expect(await b.otherNodes(id, undefined, someone())).toEqual({ ok: true, value: [] });
  });

  test('a change of a book that Redis has lost puts it back as a whole', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device, friend] = [someone(), testDeviceId(), someone()];
    const before = Book.of('nothing', [{ id: friend, may: 'see' }]);
    await a.register(id, device, many, before);
    const changes = [{ id: someone(), may: 'call' as const }];
    await a.changeBook(id, device, changes, before.with(changes));
    const found = await b.findBook(id, device);
    expect(found.ok && found.value.says(before.with(changes))).toBe(true);
  });

  test('a device that leaves while its first book is kept is not put back by a refresh', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device, other] = [someone(), testDeviceId(), someone()];
    await a.register(id, device, many);
    const changes = [{ id: other, may: 'see' as const }];
    const changed = a.changeBook(id, device, changes, Book.empty.with(changes));
    await Promise.all([changed, a.unregister(id, device)]);
    await a.refresh();
    expect(await b.otherNodes(id)).toEqual({ ok: true, value: [] });
  });

  test('what is no entry of a book is no part of it', async () => {
    const backplane = await start();
    const [id, device, friend] = [someone(), testDeviceId(), someone()];
    await withClient(async (client) =>
      client.hSet(`peerline:book:{${id}}:${device}`, {
        '*': 'n',
        [friend]: 's',
        nobody: 's',
        [someone()]: 'x',
      }),
    );
    const found = await backplane.findBook(id, device);
    expect(found.ok && found.value.says(Book.of('nothing', [{ id: friend, may: 'see' }]))).toBe(true);
  });

  test('a node that has not said for an hour that it watches does so no more', async () => {
    const [a, b] = [await start(), await start()];
    const [id, device] = [someone(), testDeviceId()];
    await a.register(id, device, many);
    await b.watch(id, [someone()]);
    expect(await a.show(id, device, 'online')).toEqual({ ok: true, value: [b.nodeId] });
    await withClient(async (client) => {
      expect(await client.pTTL(`peerline:watch:{${id}}`)).toBeLessThanOrEqual(3_600_000);
      await client.hSet(`peerline:watch:{${id}}`, b.nodeId, '1000');
    });
    expect(await a.show(id, device, 'online')).toEqual({ ok: true, value: [] });
  });

  test('so many watchers of one id that they do not fit into one question are answered in order', async () => {
    const { id } = testIdentity();
    const [backplane, device] = [await start(), testDeviceId()];
    const watchers = Array.from({ length: 2_500 }, (_, index) =>
      peerIdFromDigest(createHash('sha256').update(String(index)).digest()),
    );
    const seeing = watchers.filter((_, index) => index % 3 === 0);
    await backplane.register(id, device, many);
    await backplane.putBook(
      id,
      device,
      Book.of(
        'call',
        seeing.map((watcher) => ({ id: watcher, may: 'see' as const })),
      ),
    );
    await backplane.show(id, device, 'online');
    const states = await backplane.watch(id, watchers);
    expect(states.ok && states.value).toEqual(
      watchers.map((_, index) => (index % 3 === 0 ? 'online' : 'offline')),
    );
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
    await expect.poll(async () => a.healthy()).toBe(false);
    expect(await a.otherNodes(id)).toMatchObject({ ok: false, error: { code: 'BACKPLANE_FAILED' } });

    await server.start();
    await expect.poll(async () => (await a.healthy()) && b.healthy(), { timeout: 10_000 }).toBe(true);
    await b.refresh();
    expect(await a.otherNodes(id)).toEqual({ ok: true, value: [b.nodeId] });
    await expect
      .poll(async () => a.publish(b.nodeId, 'back'), { timeout: 5_000 })
      .toEqual({ ok: true, value: true });
    expect(await message).toBe('back');
  });
});
