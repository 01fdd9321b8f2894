import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisBackplane } from '#server/RedisBackplane.ts';
import { RedisMailbox } from '#server/RedisMailbox.ts';
import type { ConnectedDevice } from '#shared/protocol/messages.ts';
import { testDeviceId, testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';
import { RedisServer } from '#tests/support/redisServer.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { TestServer } from '#tests/support/testServer.ts';

const { logger } = testLogger();
const signedOut = { code: 4410, reason: 'signedOut' };

let redis: RedisServer;
let east: TestServer;
let west: TestServer;

const node = async (): Promise<TestServer> =>
  TestServer.start({
    backplane: new RedisBackplane({ url: redis.url, logger }),
    mailbox: new RedisMailbox({ url: redis.url, logger }),
  });

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

async function list(client: ProtocolClient): Promise<readonly ConnectedDevice[]> {
  const ref = client.ref();
  client.send({ type: 'devices.get', ref });
  return (await client.next('devices', (answer) => answer.ref === ref)).devices;
}

const end = async (client: ProtocolClient, device: string) =>
  client.request({ type: 'devices.end', device: device as ProtocolClient['deviceId'] });

/** What becomes of a login. */
async function attempt(
  server: TestServer,
  options: Pick<ProtocolClient, 'identity' | 'deviceId'>,
): Promise<number | 'ready'> {
  const client = server.client(options);
  client.auth(await client.hello());
  return Promise.race([
    client.next('ready').then(
      () => 'ready' as const,
      async () => (await client.closed).code,
    ),
    client.closed.then(({ code }) => code),
  ]);
}

describe('devices.get', () => {
  test('lists the connected devices of all nodes, the longest connected first', async () => {
    const first = await west.login();
    const { identity } = first;
    const since = west.clock.now();
    await Promise.all([east.clock.advance(1_000), west.clock.advance(1_000)]);
    const second = await east.login({ identity });
    await west.login();
    const expected = [
      { deviceId: first.deviceId, since },
      { deviceId: second.deviceId, since: since + 1_000 },
    ];
    expect(await list(first)).toEqual(expected);
    expect(await list(second)).toEqual(expected);
  });

  test('keeps the time at which a session began when it moves to another node', async () => {
    const first = await east.login();
    const { identity, deviceId } = first;
    const since = east.clock.now();
    await west.clock.advance(1_000);
    await first.drop();
    await east.noticed(0);
    const resume = { session: first.ready.session, seq: 0 };
    const again = await west.login({ identity, deviceId, resume });
    expect(await list(again)).toEqual([{ deviceId, since }]);
  });

  test('leaves out a device that has just lost its connection', async () => {
    const first = await west.login();
    const second = await east.login({ identity: first.identity });
    await first.drop();
    await west.noticed(0);
    expect((await list(second)).map(({ deviceId }) => deviceId)).toEqual([second.deviceId]);
  });
});

describe('devices.end', () => {
  test.each(['the same node', 'another node'])('ends the session of a device at %s', async (where) => {
    const asking = await east.login();
    const { identity } = asking;
    const other = await (where === 'another node' ? west : east).login({ identity });
    expect(await end(asking, other.deviceId)).toBe('done');
    expect(await other.closed).toEqual(signedOut);
    expect((await list(asking)).map(({ deviceId }) => deviceId)).toEqual([asking.deviceId]);
    expect((await asking.deliver(identity.id)).devices).toEqual([]);
  });

  test('refuses the device from then on, at every node', async () => {
    const asking = await east.login();
    const { identity } = asking;
    const { deviceId } = await west.login({ identity });
    await end(asking, deviceId);
    expect(await attempt(east, { identity, deviceId })).toBe(4410);
    expect(await attempt(west, { identity, deviceId })).toBe(4410);
    expect((await list(asking)).map((device) => device.deviceId)).toEqual([asking.deviceId]);
  });

  test('refuses a device that is not connected', async () => {
    const asking = await east.login();
    const deviceId = testDeviceId();
    expect(await end(asking, deviceId)).toBe('done');
    expect(await attempt(west, { identity: asking.identity, deviceId })).toBe(4410);
  });

  test('answers a device that signs itself out before it closes', async () => {
    const device = await east.login();
    const { identity, deviceId } = device;
    expect(await end(device, deviceId)).toBe('done');
    expect(await device.closed).toEqual(signedOut);
    expect(await attempt(west, { identity, deviceId })).toBe(4410);
  });

  test('ends a session that waits for its device', async () => {
    const asking = await east.login();
    const { identity } = asking;
    const other = await west.login({ identity });
    await other.drop();
    await west.noticed(0);
    await end(asking, other.deviceId);
    expect(await asking.deliver(identity.id)).toMatchObject({ devices: [], stored: false });
  });

  test('does nothing to a device of another id, even one with the same device id', async () => {
    const asking = await east.login();
    const stranger = await west.login();
    expect(await end(asking, stranger.deviceId)).toBe('done');
    await stranger.settle();
    const { identity, deviceId } = stranger;
    expect(await attempt(east, { identity, deviceId })).toBe('ready');
  });

  test('leaves no session behind when the device logs in at the same moment', async () => {
    const asking = await east.login();
    const { identity } = asking;
    for (let round = 0; round < 50; round++) {
      const deviceId = testDeviceId();
      const client = west.client({ identity, deviceId });
      const nonce = await client.hello();
      client.auth(nonce);
      // The server writes the answer in one turn, and the login takes several.
      expect(await end(asking, deviceId)).toBe('done');
      expect(await client.closed).toEqual(signedOut);
      expect((await list(asking)).map((device) => device.deviceId)).toEqual([asking.deviceId]);
      await east.clock.advance(100);
    }
  });

  test('is remembered when all nodes start anew', async () => {
    const asking = await east.login();
    const { identity } = asking;
    const deviceId = testDeviceId();
    await end(asking, deviceId);
    await Promise.all([east.stop(), west.stop()]);
    [east, west] = await Promise.all([node(), node()]);
    expect(await attempt(east, { identity, deviceId })).toBe(4410);
    expect(await attempt(west, { identity, deviceId: asking.deviceId })).toBe('ready');
  });

  test('fails when a node does not answer, and may be repeated', async () => {
    const asking = await east.login();
    const { identity } = asking;
    const deviceId = testDeviceId();
    const mute = new RedisBackplane({ url: redis.url, logger });
    let asked: () => void = () => undefined;
    const question = new Promise<void>((resolve) => {
      asked = resolve;
    });
    await mute.start({ message: () => asked(), lost: () => undefined });
    await mute.register(identity.id, deviceId, 64);
    const answer = end(asking, deviceId);
    await question;
    await east.clock.advance(2_000);
    expect(await answer).toBe('backplaneFailed');
    await mute.close();
    expect(await end(asking, deviceId)).toBe('done');
  });

  test.each([{}, { device: 'short' }, { device: 7 }, { device: testIdentity().id }])(
    'with %j closes with badFrame',
    async (fields) => {
      const client = await east.login();
      client.send({ type: 'devices.end', ref: 'r', ...fields });
      expect((await client.closed).code).toBe(4400);
    },
  );
});
