import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MailboxStore } from '#server/MailboxStore.ts';
import { RedisBackplane } from '#server/RedisBackplane.ts';
import { RedisMailbox } from '#server/RedisMailbox.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { ackMail, boxesOf, leave, mailOf, takeMail } from '#tests/support/mailClient.ts';
import { testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';
import { RedisServer } from '#tests/support/redisServer.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { TestServer } from '#tests/support/testServer.ts';

const { logger } = testLogger();
/** How long a lease outlives a node that died, where that matters; real time, because Redis has a clock of its own. */
const shortLeaseMs = 1_000;

let redis: RedisServer;
let east: TestServer;
let west: TestServer;
let sender: ProtocolClient;

async function node(
  leaseMs?: number,
  change: (mailbox: RedisMailbox) => MailboxStore = (mailbox) => mailbox,
): Promise<TestServer> {
  const lease = leaseMs === undefined ? {} : { leaseMs };
  return TestServer.start({
    backplane: new RedisBackplane({ url: redis.url, logger }),
    mailbox: change(new RedisMailbox({ url: redis.url, logger, clock: new FakeClock(), ...lease })),
  });
}

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(async () => redis.stop());
beforeEach(async () => {
  [east, west] = await Promise.all([node(), node()]);
  sender = await east.login();
});
afterEach(async () => {
  await Promise.all([east.stop(), west.stop()]);
});

/** Lets time pass on a node while its clients stay. */
async function pass(server: TestServer, ms: number, ...clients: readonly ProtocolClient[]): Promise<void> {
  for (let left = ms; left > 0; left -= 5_000) {
    await server.clock.advance(Math.min(left, 5_000));
    await Promise.all(clients.map(async (client) => client.settle()));
  }
}

describe('a notice', () => {
  test('left at one node comes to a device at the other', async () => {
    const recipient = await west.login();
    expect(await leave(sender, recipient.id, 'far')).toBe('done');
    expect(await recipient.next('mail')).toMatchObject({
      from: sender.id,
      fromDevice: sender.deviceId,
      box: 'far',
    });
  });

  test('comes to one of two devices that connect to two nodes at the same moment', async () => {
    const identity = testIdentity();
    for (let round = 0; round < 100; round++) {
      const boxes = [`a${round}`, `b${round}`];
      for (const box of boxes) {
        expect(await leave(sender, identity.id, box)).toBe('done');
      }
      const [here, there] = await Promise.all([east.login({ identity }), west.login({ identity })]);
      await expect.poll(() => mailOf(here).length + mailOf(there).length, { interval: 2 }).toBe(2);
      const [holder, idle] = mailOf(here).length > 0 ? [here, there] : [there, here];
      expect([boxesOf(holder), boxesOf(idle)]).toEqual([boxes, []]);
      ackMail(holder, await holder.next('mail'));
      await holder.settle();
      // The other one gets what was not acknowledged, and nothing else.
      await holder.close();
      const rest = await idle.next('mail');
      expect(rest.box).toBe(boxes[1]);
      ackMail(idle, rest);
      await idle.settle();
      await idle.close();
      await east.clock.advance(100);
    }
  });

  test('follows its session to another node, and comes to no other device meanwhile', async () => {
    const first = await east.login();
    const { identity, deviceId } = first;
    const other = await east.login({ identity });
    await leave(sender, identity.id, 'one');
    await first.next('mail');
    await first.drop();
    await east.noticed(2);
    const resume = { session: first.ready.session, seq: 0 };
    const again = await west.login({ identity, deviceId, resume });
    expect(again.ready.resumed).toBe(true);
    expect((await again.next('mail')).box).toBe('one');
    await other.settle();
    expect(mailOf(other)).toEqual([]);
    await again.close();
    expect((await other.next('mail')).box).toBe('one');
  });

  test('comes to a device at the other node when the node of the first one dies', async () => {
    // It can neither renew its leases nor let go of them any more.
    const dying = await node(shortLeaseMs, (mailbox) =>
      Object.assign(mailbox, {
        renew: async () => Promise.resolve({ ok: true, value: null }),
        release: async () => Promise.resolve({ ok: true, value: false }),
      }),
    );
    const first = await dying.login();
    const { identity } = first;
    await leave(sender, identity.id, 'one');
    await first.next('mail');
    const second = await west.login({ identity });
    await second.settle();
    expect(mailOf(second)).toEqual([]);
    await dying.stop();
    let got: readonly string[] = [];
    while (got.length === 0) {
      await pass(west, 20_000, second);
      got = boxesOf(second);
    }
    expect(got).toEqual(['one']);
  });

  test('is renewed for as long as its session lasts', async () => {
    const north = await node(shortLeaseMs);
    const first = await north.login();
    const { identity } = first;
    await leave(sender, identity.id, 'one');
    const notice = await first.next('mail');
    const second = await west.login({ identity });
    const until = performance.now() + 2 * shortLeaseMs;
    while (performance.now() < until) {
      await Promise.all([pass(north, 20_000, first), pass(west, 20_000, second)]);
    }
    expect(mailOf(second)).toEqual([]);
    ackMail(first, notice);
    await expect.poll(() => north.server.stats.mailDelivered).toBe(1);
    await north.stop();
  });

  test('outlives the restart of all nodes', async () => {
    const identity = testIdentity();
    await leave(sender, identity.id, 'one');
    await leave(sender, identity.id, 'two');
    await Promise.all([east.stop(), west.stop()]);
    [east, west] = await Promise.all([node(), node()]);
    const recipient = await west.login({ identity });
    expect((await takeMail(recipient, 2)).map(({ box }) => box)).toEqual(['one', 'two']);
  });

  test('goes to another node at once when its own shuts down', async () => {
    const first = await east.login();
    const { identity } = first;
    const second = await west.login({ identity });
    await leave(sender, identity.id, 'one');
    await first.next('mail');
    await east.server.close();
    expect((await second.next('mail')).box).toBe('one');
  });

  test('does not hold up the end of its node where another one says nothing any more', async () => {
    const deaf = new RedisBackplane({ url: redis.url, logger });
    const start = deaf.start.bind(deaf);
    Object.assign(deaf, { start: async () => start({ message: () => undefined, lost: () => undefined }) });
    const mute = await TestServer.start({
      backplane: deaf,
      mailbox: new RedisMailbox({ url: redis.url, logger, clock: new FakeClock() }),
    });
    const first = await east.login();
    await mute.login({ identity: first.identity });
    await leave(sender, first.id, 'one');
    await first.next('mail');
    // The clock of the test stands: nothing here ends by waiting long enough.
    await east.server.close();
    await mute.stop();
  });
});

describe('without Redis', () => {
  test('a notice is refused, and the next one is taken when Redis is back', async () => {
    const own = await RedisServer.start();
    const alone = await TestServer.start({
      backplane: new RedisBackplane({ url: own.url, logger }),
      mailbox: new RedisMailbox({ url: own.url, logger }),
    });
    const [client, recipient] = [await alone.login(), await alone.login()];
    await own.kill();
    await expect.poll(async () => alone.server.healthy()).toBe(false);
    expect(await leave(client, recipient.id)).toBe('backplaneFailed');
    await own.start();
    await expect.poll(async () => alone.server.healthy(), { timeout: 10_000 }).toBe(true);
    await expect.poll(async () => leave(client, recipient.id, 'later'), { timeout: 10_000 }).toBe('done');
    await alone.stop();
    await own.stop();
  });

  test('a server does not start', async () => {
    const mailbox = new RedisMailbox({ url: 'redis://127.0.0.1:1', logger });
    await expect(TestServer.start({ mailbox })).rejects.toThrow('mailbox');
  });
});
