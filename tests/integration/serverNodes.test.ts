import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisBackplane } from '#server/RedisBackplane.ts';
import { testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';
import { RedisServer } from '#tests/support/redisServer.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { TestServer } from '#tests/support/testServer.ts';

let redis: RedisServer;
let east: TestServer;
let west: TestServer;

const node = async (): Promise<TestServer> =>
  TestServer.start({ backplane: new RedisBackplane({ url: redis.url, logger: testLogger().logger }) });

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(async () => redis.stop());
beforeEach(async () => {
  [east, west] = await Promise.all([node(), node()]);
});
afterEach(async () => {
  await Promise.all([east.stop(), west.stop()]);
});

const boxes = (client: ProtocolClient): string[] => client.deliveries.map(({ box }) => box);

describe('two nodes over Redis', () => {
  test('pass a box on, and the receipt names the device on the other node', async () => {
    const [alice, bob] = [await east.login(), await west.login()];
    expect(await alice.deliver(bob.id, { box: 'YQ' })).toMatchObject({
      devices: [bob.deviceId],
      stored: false,
    });
    expect(await bob.next('deliver')).toMatchObject({
      from: alice.id,
      fromDevice: alice.deviceId,
      box: 'YQ',
    });
  });

  test('reach the devices of one id on both', async () => {
    const alice = await east.login();
    const identity = testIdentity();
    const [here, there] = [await east.login({ identity }), await west.login({ identity })];
    const receipt = await alice.deliver(identity.id);
    expect(new Set(receipt.devices)).toEqual(new Set([here.deviceId, there.deviceId]));
    expect((await alice.deliver(identity.id, { device: there.deviceId })).devices).toEqual([there.deviceId]);
    expect((await here.deliver(identity.id)).devices).toEqual([there.deviceId]);
  });

  test('keep the order of what one sends to another', async () => {
    const [alice, bob] = [await east.login(), await west.login()];
    const sent = Array.from({ length: 100 }, (_, index) => `box${index}`);
    for (const box of sent) {
      alice.send({ type: 'send', ref: box, to: bob.id, box, ttl: 30 });
    }
    await Promise.all(sent.map(async (box) => alice.next('receipt', ({ ref }) => ref === box)));
    await bob.settle();
    expect(boxes(bob)).toEqual(sent);
  });

  test('know the keys of each other', async () => {
    const [alice, bob] = [await east.login(), await west.login()];
    alice.send({ type: 'key.get', ref: 'k', id: bob.id });
    expect((await alice.next('key')).publicKey).toBe(bob.identity.publicKey);
  });

  test('hold one session per device: connecting to the other closes the first with replaced', async () => {
    const first = await east.login();
    const { identity, deviceId } = first;
    const second = await west.login({ identity, deviceId });
    expect(await first.closed).toEqual({ code: 4409, reason: 'replaced' });
    const sender = await east.login();
    expect((await sender.deliver(identity.id)).devices).toEqual([deviceId]);
    await second.next('deliver');
  });

  test('store for a device that dropped on the other', async () => {
    const [alice, bob] = [await east.login(), await west.login()];
    await bob.drop();
    await west.noticed(0);
    expect(await alice.deliver(bob.id)).toMatchObject({ devices: [], stored: true });
  });

  test('hand a session over when its device resumes on the other', async () => {
    const [alice, bob] = [await east.login(), await west.login()];
    await alice.deliver(bob.id, { box: 'one' });
    await alice.deliver(bob.id, { box: 'two' });
    await bob.drop();
    await west.noticed(0);
    await alice.deliver(bob.id, { box: 'three' });
    const { identity, deviceId } = bob;
    const resume = { session: bob.ready.session, seq: 1 };
    const again = await east.login({ identity, deviceId, resume });
    expect(again.ready).toMatchObject({ resumed: true, session: bob.ready.session });
    await again.settle();
    expect(again.deliveries.map(({ seq, box }) => [seq, box])).toEqual([
      [2, 'two'],
      [3, 'three'],
    ]);
    await alice.deliver(bob.id, { box: 'four' });
    expect((await again.next('deliver', ({ box }) => box === 'four')).seq).toBe(4);
  });

  test('remember the refs of a session that moved', async () => {
    const [alice, bob] = [await west.login(), await east.login()];
    await alice.deliver(bob.id, { ref: 'same', box: 'one' });
    await alice.drop();
    const { identity, deviceId } = alice;
    const again = await east.login({ identity, deviceId, resume: { session: alice.ready.session, seq: 0 } });
    expect((await again.deliver(bob.id, { ref: 'same', box: 'one' })).devices).toEqual([bob.deviceId]);
    await bob.settle();
    expect(boxes(bob)).toEqual(['one']);
  });

  test('do not hand a session over without its token', async () => {
    const bob = await west.login();
    const { identity, deviceId } = bob;
    const resume = { session: 'A'.repeat(32), seq: 0 };
    expect((await east.login({ identity, deviceId, resume })).ready.resumed).toBe(false);
  });

  test('count the devices of an id together', async () => {
    const identity = testIdentity();
    const full = await TestServer.start({
      backplane: new RedisBackplane({ url: redis.url, logger: testLogger().logger }),
      limits: { devicesPerId: 1 },
    });
    await west.login({ identity });
    const second = full.client({ identity });
    second.auth(await second.hello());
    expect((await second.closed).code).toBe(4430);
    await full.stop();
  });

  test('forget the devices of a node that drained', async () => {
    const [alice, bob] = [await east.login(), await west.login()];
    await west.server.close();
    expect((await bob.closed).code).toBe(4503);
    expect(await alice.deliver(bob.id)).toMatchObject({ devices: [], stored: false });
  });

  test('wait for the answer of a node only so long', async () => {
    const alice = await east.login();
    const { id } = testIdentity();
    // A node that is subscribed, has registered a device, and never answers.
    const mute = new RedisBackplane({ url: redis.url, logger: testLogger().logger });
    let asked: () => void = () => undefined;
    const question = new Promise<void>((resolve) => {
      asked = resolve;
    });
    await mute.start({ message: () => asked(), lost: () => undefined });
    await mute.register(id, alice.deviceId, 64);
    const receipt = alice.deliver(id);
    await question;
    await east.clock.advance(2_000);
    expect(await receipt).toMatchObject({ devices: [], stored: false });
    await mute.close();
  });

  test('refuse what comes over Redis and is no message of a node', async () => {
    const bob = await west.login();
    const stranger = new RedisBackplane({ url: redis.url, logger: testLogger().logger });
    await stranger.start({ message: () => undefined, lost: () => undefined });
    const nodes = await stranger.otherNodes(bob.id);
    for (const text of ['', '{', '[]', '{"ask":1,"node":"x","request":{"kind":"deliver"}}', '{"answer":7}']) {
      await stranger.publish(nodes.ok ? (nodes.value[0] ?? '') : '', text);
    }
    const sender = await east.login();
    expect((await sender.deliver(bob.id)).devices).toEqual([bob.deviceId]);
    await stranger.close();
  });
});

describe('without Redis', () => {
  test('requests fail, sessions stay, and calls on the same node go on', async () => {
    const own = await RedisServer.start();
    const alone = await TestServer.start({
      backplane: new RedisBackplane({ url: own.url, logger: testLogger().logger }),
    });
    const [alice, bob] = [await alone.login(), await alone.login()];
    await own.kill();
    await expect.poll(async () => alone.server.healthy()).toBe(false);
    expect((await alice.deliver(bob.id)).devices).toEqual([bob.deviceId]);
    alice.send({ type: 'send', ref: 'far', to: testIdentity().id, box: 'YQ', ttl: 0 });
    expect(await alice.next('error')).toEqual({ type: 'error', ref: 'far', code: 'backplaneFailed' });
    alice.send({ type: 'key.get', ref: 'k', id: bob.id });
    expect((await alice.next('error')).code).toBe('backplaneFailed');
    const late = alone.client();
    late.auth(await late.hello());
    expect((await late.closed).code).toBe(4500);
    await alone.stop();
    await own.stop();
  });

  test('a server does not start', async () => {
    const backplane = new RedisBackplane({ url: 'redis://127.0.0.1:1', logger: testLogger().logger });
    await expect(TestServer.start({ backplane })).rejects.toThrow('backplane');
  });
});
