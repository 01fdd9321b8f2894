import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ServerLimits } from '#server/limits.ts';
import type { SignalingServerOptions } from '#server/SignalingServer.ts';
import { testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';
import { TestServer } from '#tests/support/testServer.ts';

const servers: TestServer[] = [];

async function start(
  limits: Partial<ServerLimits>,
  options: Partial<SignalingServerOptions> = {},
): Promise<TestServer> {
  const server = await TestServer.start({ ...options, limits });
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => server.stop()));
});

/** The other side of a connection that never reads: TCP itself is full before the server's buffer is. */
function stopReading(client: ProtocolClient): void {
  client.socket.pause();
}

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

describe('a slow reader', () => {
  test('is dropped with slowReader when its backlog passes the limit, and its session waits', async () => {
    const plenty = 100_000_000;
    const server = await start({
      backlogBytes: 100_000,
      unackedChars: plenty,
      unackedMessagesPerSender: plenty,
      unackedCharsPerSender: plenty,
    });
    const [alice, bob] = [await server.login(), await server.login()];
    stopReading(bob);
    const box = 'x'.repeat(60_000);
    let receipt = await alice.deliver(bob.id, { box });
    for (let index = 0; index < 150 && receipt.devices.length > 0; index++) {
      await server.clock.advance(100);
      receipt = await alice.deliver(bob.id, { box });
    }
    expect(receipt).toMatchObject({ devices: [], stored: true });
    expect(server.server.stats.closes.slowReader).toBe(1);
    // The grace of two seconds, and up to one until the server looks again.
    await server.clock.advance(3_000);
    await server.noticed(1);
  });

  test('that never acknowledges is dropped when it is full and has owed an ack for 10 seconds', async () => {
    const server = await start({ unackedMessages: 3 });
    const [alice, bob] = [await server.login(), await server.login()];
    const deliver = (ref: string): void => {
      alice.send({ type: 'send', ref, to: bob.id, box: 'YQ', ttl: 0 });
    };
    for (const ref of ['1', '2', '3', '4']) {
      deliver(ref);
    }
    expect(await alice.next('error')).toEqual({ type: 'error', ref: '4', code: 'rateLimited' });
    await server.clock.advance(10_000);
    deliver('5');
    await alice.next('error');
    await bob.settle();
    await server.clock.advance(1);
    deliver('6');
    expect(await bob.closed).toEqual({ code: 4504, reason: 'slowReader' });
  });
});

describe('what waits for an ack', () => {
  const largest = 'x'.repeat(64_000);

  test('is refused to its sender when it comes to too much; the recipient stays connected', async () => {
    const server = await start({});
    const [stranger, bob] = [await server.login(), await server.login()];
    for (let index = 0; index < 40; index++) {
      stranger.send({ type: 'send', ref: `${index}`, to: bob.id, box: largest, ttl: 0 });
    }
    expect(await stranger.next('error')).toEqual({ type: 'error', ref: '2', code: 'rateLimited' });
    await stranger.settle();
    await bob.settle();
    expect(bob.deliveries).toHaveLength(2);
    bob.ack(2);
    await bob.settle();
    expect((await stranger.deliver(bob.id, { ref: '2', box: largest })).devices).toEqual([bob.deviceId]);
  });

  test('of one sender leaves room for the others', async () => {
    const server = await start({});
    const [stranger, alice, bob] = [await server.login(), await server.login(), await server.login()];
    for (let index = 0; index < 150; index++) {
      stranger.send({ type: 'send', ref: `${index}`, to: bob.id, box: 'YQ', ttl: 0 });
    }
    expect((await stranger.next('error')).ref).toBe('128');
    expect((await alice.deliver(bob.id, { box: largest })).devices).toEqual([bob.deviceId]);
  });

  test('after a resumption is not held against the device as if it had been there all the time', async () => {
    const server = await start({ unackedMessages: 1 });
    const [alice, bob] = [await server.login(), await server.login()];
    await alice.deliver(bob.id);
    await bob.drop();
    await server.clock.advance(11_000);
    const { identity, deviceId } = bob;
    const again = await server.login({ identity, deviceId, resume: { session: bob.ready.session, seq: 0 } });
    alice.send({ type: 'send', ref: 'more', to: bob.id, box: 'YQ', ttl: 0 });
    await alice.next('error');
    await again.settle();
  });
});

describe('a dead socket', () => {
  test('is noticed within 15 seconds, and its session waits', async () => {
    const server = await start({});
    const alice = await server.login();
    const bob = await server.login({ autoPong: false });
    const { box } = { box: 'YQ' };
    for (let second = 0; second < 15; second++) {
      await server.clock.advance(1_000);
      await alice.settle();
    }
    await server.noticed(1);
    expect(server.server.stats.deadSockets).toBe(1);
    expect(await alice.deliver(bob.id, { box })).toMatchObject({ devices: [], stored: true });
  });

  test('is not mistaken for one that only listens and answers pings', async () => {
    const server = await start({});
    const listener = await server.login();
    for (let second = 0; second < 60; second++) {
      const pinged = second > 0 && second % 6 === 0;
      await server.clock.advance(1_000);
      if (pinged) {
        await server.clock.flush();
      }
      // A ping of the client's own is answered after the pong that it sent before: both have arrived.
      const answered = new Promise((resolve) => listener.socket.once('pong', resolve));
      if (second % 4 === 0) {
        listener.socket.ping();
        await answered;
      }
    }
    await listener.settle();
  });

  test('is pinged once it has been silent for 5 seconds', async () => {
    const server = await start({});
    const client = await server.login();
    const pinged = new Promise((resolve) => client.socket.once('ping', resolve));
    await server.clock.advance(5_000);
    await pinged;
  });
});

describe('draining', () => {
  test('tells every client to go elsewhere, and is done when they are gone', async () => {
    const server = await start({});
    const [client, unauthenticated] = [await server.login(), server.client()];
    await unauthenticated.opened();
    await server.server.close();
    expect(await client.closed).toEqual({ code: 4503, reason: 'goingAway' });
    expect((await unauthenticated.closed).code).toBe(4503);
    expect(server.server.phase).toBe('closed');
    expect(server.clock.pendingTimers).toBe(0);
  });

  test('does not wait for a client that does not answer', async () => {
    const server = await start({ closeGraceMs: 2_000 });
    const client = await server.login();
    stopReading(client);
    const closed = server.server.close();
    await server.clock.advance(2_000);
    await closed;
  });

  test('may be asked for twice, and before the start', async () => {
    const server = await start({});
    await Promise.all([server.server.close(), server.server.close()]);
    expect((await server.server.start()).ok).toBe(false);
  });
});

describe('the port', () => {
  test('that another program has is a result, not an exception', async () => {
    const first = await start({});
    await expect(TestServer.start({ port: first.port })).rejects.toThrow('EADDRINUSE');
    const { SignalingServer } = await import('#server/SignalingServer.ts');
    const second = new SignalingServer({ logger: first.log.logger, port: first.port });
    expect(await second.start()).toMatchObject({ ok: false, error: { code: 'SERVER_PORT_IN_USE' } });
    expect(second.phase).toBe('closed');
  });

  test('answers plain HTTP with 426', async () => {
    const server = await start({});
    const status = await new Promise((resolve) => {
      request({ port: server.port, path: '/' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(426);
  });
});
