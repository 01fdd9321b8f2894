import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ServerLimits } from '#server/limits.ts';
import type { SignalingServerOptions } from '#server/SignalingServer.ts';
import { testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';
import { startTestServer } from '#tests/support/startTestServer.ts';
import type { TestServer } from '#tests/support/testServer.ts';

/** A server with these limits, for this test alone. */
const start = async (
  limits: Partial<ServerLimits>,
  options: Partial<SignalingServerOptions> = {},
): Promise<TestServer> => startTestServer({ ...options, limits });

describe('a frame', () => {
  test('of 64 KiB is read, and one byte more closes the socket', async () => {
    const server = await start({});
    const client = await server.login();
    const message = (size: number) => {
      const text = JSON.stringify({ type: 'key.get', ref: 'r', id: client.id, padding: '' });
      return JSON.parse(text.replace('""', `"${'x'.repeat(size - text.length)}"`)) as object;
    };
    client.send(message(65_536));
    await client.next('key');
    client.send(message(65_537));
    expect((await client.closed).code).toBe(1009);
  });

  test('may be kept smaller', async () => {
    const server = await start({ frameBytes: 4_096 });
    const client = await server.login();
    expect(client.ready.limits.frameBytes).toBe(4_096);
    client.send({ type: 'ack', seq: 0, padding: 'x'.repeat(4_096) });
    expect((await client.closed).code).toBe(1009);
  });

  test.each([
    ['binary', Buffer.from('{"type":"ack","seq":0}'), true],
    ['not JSON', Buffer.from('{'), false],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), false],
    ['nested 10,000 deep', Buffer.from('['.repeat(10_000) + ']'.repeat(10_000)), false],
    ['no message', Buffer.from('{"type":"fly"}'), false],
    ['a message with a wrong field', Buffer.from('{"type":"ack","seq":-1}'), false],
    ['empty', Buffer.alloc(0), false],
  ])('that is %s closes with badFrame', async (_what, bytes, binary) => {
    const server = await start({});
    const client = await server.login();
    client.socket.send(bytes, { binary });
    expect(await client.closed).toEqual({ code: 4400, reason: 'badFrame' });
  });

  test('that is bad ends the session: a client that is broken does not resume', async () => {
    const server = await start({});
    const client = await server.login();
    client.socket.send('nonsense');
    await client.closed;
    const { identity, deviceId } = client;
    const resume = { session: client.ready.session, seq: 0 };
    expect((await server.login({ identity, deviceId, resume })).ready.resumed).toBe(false);
  });
});

describe('messages per second', () => {
  const ask = (client: ProtocolClient, count: number): void => {
    for (let index = 0; index < count; index++) {
      client.send({ type: 'key.get', ref: `${index}`, id: client.id });
    }
  };

  test('beyond the burst are refused one by one while the session goes on', async () => {
    const server = await start({ messagesPerSecond: 10, burst: 5 });
    const client = await server.login();
    ask(client, 7);
    const refused = [await client.next('error'), await client.next('error')];
    expect(refused).toEqual([
      { type: 'error', ref: '5', code: 'rateLimited' },
      { type: 'error', ref: '6', code: 'rateLimited' },
    ]);
    await server.clock.advance(1_000);
    await client.settle();
    expect(client.received.filter(({ type }) => type === 'key')).toHaveLength(5);
  });

  test('for longer than the burst close the connection with rateLimited', async () => {
    const server = await start({ messagesPerSecond: 10, burst: 5 });
    const client = await server.login();
    ask(client, 20);
    expect(await client.closed).toEqual({ code: 4429, reason: 'rateLimited' });
  });

  test('count for each connection alone', async () => {
    const server = await start({ messagesPerSecond: 10, burst: 5 });
    const [loud, quiet] = [await server.login(), await server.login()];
    ask(loud, 20);
    await loud.closed;
    await quiet.settle();
  });

  test('do not count acks that say something new, however many deliveries others cause', async () => {
    const server = await start({ messagesPerSecond: 10, burst: 5 });
    const bob = await server.login();
    for (let index = 0; index < 10; index++) {
      const alice = await server.login();
      await alice.deliver(bob.id);
      bob.ack(index + 1);
    }
    await bob.settle();
  });

  test('count once for each device that they reach', async () => {
    const server = await start({ messagesPerSecond: 10, burst: 6 });
    const [alice, phone] = [await server.login(), await server.login()];
    const { identity } = phone;
    await Promise.all([server.login({ identity }), server.login({ identity })]);
    await alice.deliver(identity.id);
    await alice.deliver(identity.id);
    ask(alice, 1);
    expect((await alice.next('error')).code).toBe('rateLimited');
    await server.clock.advance(1_000);
    await alice.settle();
  });

  test('count acks that say nothing, and pings', async () => {
    const server = await start({ messagesPerSecond: 10, burst: 5 });
    const [acks, pings] = [await server.login(), await server.login()];
    for (let index = 0; index < 20; index++) {
      acks.ack(0);
      pings.socket.ping();
    }
    expect((await acks.closed).code).toBe(4429);
    expect((await pings.closed).code).toBe(4429);
  });
});

describe('connections', () => {
  test('of one address are bounded, and there is room again when one goes', async () => {
    const server = await start({ connectionsPerAddress: 2 });
    const [first] = [await server.login(), await server.login()];
    expect(await server.client().closed).toEqual({ code: 4430, reason: 'tooManyConnections' });
    await first.close();
    await server.noticed(1);
    await server.login();
  });

  test('of different addresses behind a trusted proxy are counted apart', async () => {
    const server = await start(
      { connectionsPerAddress: 1 },
      { trustProxy: true, names: ['calls.example.org:443'] },
    );
    const audience = 'calls.example.org:443';
    const from = (address: string) => ({ audience, headers: { 'x-forwarded-for': `10.0.0.1, ${address}` } });
    await server.login(from('198.51.100.1'));
    await server.login(from('198.51.100.2'));
    expect((await server.client(from('198.51.100.2')).closed).code).toBe(4430);
  });

  test('cannot escape the count with a forged X-Forwarded-For', async () => {
    const server = await start({ connectionsPerAddress: 1 });
    await server.login();
    const forged = server.client({ headers: { 'x-forwarded-for': '198.51.100.1' } });
    expect((await forged.closed).code).toBe(4430);
  });

  test('are bounded in all', async () => {
    const server = await start({ connections: 2 });
    await Promise.all([server.login(), server.login()]);
    expect((await server.client().closed).code).toBe(4430);
  });

  test('of one address that have not logged in are at most a quarter of all', async () => {
    const server = await start({ unauthenticated: 8 });
    const [first, second] = [server.client(), server.client()];
    await Promise.all([first.opened(), second.opened()]);
    expect((await server.client().closed).code).toBe(4430);
    await first.login();
    const third = server.client();
    await third.login();
  });

  test('that have not logged in are bounded in all', async () => {
    const server = await start({ unauthenticated: 2 }, { trustProxy: true, names: ['a.example:443'] });
    const from = (address: string) => ({
      audience: 'a.example:443',
      headers: { 'x-forwarded-for': address },
    });
    const first = server.client(from('198.51.100.1'));
    const second = server.client(from('198.51.100.2'));
    await Promise.all([first.opened(), second.opened()]);
    expect((await server.client(from('198.51.100.3')).closed).code).toBe(4430);
    await first.login(from('198.51.100.1'));
    await server.login(from('198.51.100.3'));
  });

  test('of one address that never say a word are bounded, and refused without one', async () => {
    const server = await start({ connectionsPerAddress: 8 });
    await server.login();
    const silent = Array.from({ length: 50 }, () => connect(server.port, '127.0.0.1'));
    let ended = 0;
    for (const socket of silent) {
      socket.on('error', () => undefined);
      socket.on('close', () => ended++);
    }
    await expect.poll(() => ended).toBe(10);
    for (const socket of silent) {
      socket.destroy();
    }
    await expect
      .poll(async () =>
        server.login().then(
          () => 'in',
          () => 'refused',
        ),
      )
      .toBe('in');
  });

  test('of one address log in only so fast', async () => {
    const server = await start({ loginBurst: 2, loginsPerSecond: 1 });
    await server.login();
    await server.login();
    const third = server.client();
    third.auth(await third.hello());
    expect(await third.closed).toEqual({ code: 4430, reason: 'tooManyConnections' });
    await server.clock.advance(1_000);
    await server.login();
  });

  test('that gave up logging in make room again', async () => {
    const server = await start({ unauthenticated: 1 });
    const first = server.client();
    await first.opened();
    await first.drop();
    await server.noticed(0);
    await server.login();
    expect(server.server.stats.unauthenticated).toBe(0);
  });

  test('of one id are bounded by its devices', async () => {
    const server = await start({ devicesPerId: 2 });
    const identity = testIdentity();
    await Promise.all([server.login({ identity }), server.login({ identity })]);
    const third = server.client({ identity });
    third.auth(await third.hello());
    expect((await third.closed).code).toBe(4430);
  });
});
