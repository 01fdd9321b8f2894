import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { SignalingServerOptions } from '#server/SignalingServer.ts';
import type { ProtocolClient } from '#tests/support/protocolClient.ts';
import { TestServer } from '#tests/support/testServer.ts';

const turn = {
  urls: ['turn:relay.example:3478', 'turns:relay.example:443?transport=tcp'],
  secret: 'the-secret-of-the-relays',
  ttlSeconds: 600,
};

const servers: TestServer[] = [];

async function start(options: Partial<SignalingServerOptions> = {}): Promise<TestServer> {
  const server = await TestServer.start(options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map(async (server) => server.stop()));
});

async function ask(client: ProtocolClient, ref: string) {
  client.send({ type: 'turn.get', ref });
  return client.next('turn', (answer) => answer.ref === ref);
}

async function refused(client: ProtocolClient, ref: string): Promise<string> {
  client.send({ type: 'turn.get', ref });
  return (await client.next('error', (answer) => answer.ref === ref)).code;
}

describe('a server with relays', () => {
  test('gives credentials that end when it says, by the clock that it shares with the relay', async () => {
    const server = await start({ turn });
    const client = await server.login();
    const answer = await ask(client, 'a');
    const [relay] = answer.servers;
    const ends = Math.floor(server.clock.now() / 1_000) + 600;
    expect(answer).toMatchObject({ ttl: 600, servers: [{ urls: turn.urls }] });
    expect(relay?.username).toMatch(new RegExp(`^${ends}:[\\w-]{16}$`));
    expect(relay?.credential).toBe(
      createHmac('sha1', turn.secret)
        .update(relay?.username ?? '')
        .digest('base64'),
    );
  });

  test('gives new ones each time, and none that name a person or a device', async () => {
    const server = await start({ turn });
    const client = await server.login();
    const names = [];
    for (const ref of ['a', 'b', 'c']) {
      names.push((await ask(client, ref)).servers[0]?.username);
    }
    expect(new Set(names).size).toBe(3);
    for (const secret of [client.id, client.identity.publicKey, client.deviceId]) {
      expect(names.join()).not.toContain(secret);
    }
  });

  test('gives them to nobody who has not logged in', async () => {
    const server = await start({ turn });
    const client = server.client();
    await client.hello();
    client.send({ type: 'turn.get', ref: 'a' });
    expect((await client.closed).reason).toBe('badFrame');
    expect(client.received).toEqual([]);
  });

  test('gives one connection ten at once and then one every five seconds', async () => {
    const server = await start({ turn });
    const client = await server.login();
    for (let count = 0; count < 10; count++) {
      await ask(client, `a${count}`);
    }
    expect(await refused(client, 'b')).toBe('rateLimited');
    await server.clock.advance(4_900);
    expect(await refused(client, 'c')).toBe('rateLimited');
    await server.clock.advance(100);
    await ask(client, 'd');
    expect(await refused(client, 'e')).toBe('rateLimited');
    expect(server.server.stats.turnIssued).toBe(11);
  });

  test('gives no more to whoever breaks the connection off and resumes', async () => {
    const server = await start({ turn, limits: { turnBurst: 1 } });
    const first = await server.login();
    await ask(first, 'a');
    await first.drop();
    await server.noticed(0);
    const { identity, deviceId, ready } = first;
    const resumed = await server.login({ identity, deviceId, resume: { session: ready.session, seq: 0 } });
    expect(resumed.ready.resumed).toBe(true);
    expect(await refused(resumed, 'b')).toBe('rateLimited');
  });

  test('gives no more to an address that logs in again and again, whatever ids it makes', async () => {
    const limits = { turnBurst: 2, loginBurst: 3, loginsPerSecond: 1 };
    const server = await start({ turn, limits, trustProxy: true, names: ['127.0.0.1'] });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const first = await server.login(from('198.51.100.1'));
    await ask(first, 'a');
    await ask(first, 'b');
    const { identity, deviceId } = first;
    const again = await server.login({ identity, deviceId, ...from('198.51.100.1') });
    await ask(again, 'c');
    expect(await refused(again, 'd')).toBe('rateLimited');
    const another = await server.login(from('198.51.100.1'));
    expect(await refused(another, 'e')).toBe('rateLimited');

    expect((await ask(await server.login(from('198.51.100.2')), 'f')).servers).toHaveLength(1);
    await server.clock.advance(1_000);
    await ask(another, 'g');
    expect(server.server.stats).toMatchObject({ turnIssued: 5, rateLimited: 2 });
  });

  test('lets nobody use up what is there for somebody else', async () => {
    const server = await start({ turn, limits: { turnBurst: 1 } });
    const [greedy, other] = [await server.login(), await server.login()];
    await ask(greedy, 'a');
    expect(await refused(greedy, 'b')).toBe('rateLimited');
    expect((await ask(other, 'a')).servers).toHaveLength(1);
  });
});

test('a server without relays says so', async () => {
  const server = await start();
  const client = await server.login();
  expect(await ask(client, 'a')).toEqual({ type: 'turn', ref: 'a', servers: [], ttl: 0 });
  expect(server.server.stats.turnIssued).toBe(0);
});
