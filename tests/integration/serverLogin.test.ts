import { sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { authText } from '#shared/protocol/auth.ts';
import { testDeviceId, testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';
import { TestServer } from '#tests/support/testServer.ts';

let server: TestServer;

beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(async () => server.stop());

const codeOf = async (client: ProtocolClient): Promise<number> => (await client.closed).code;

describe('a login', () => {
  test('with a good signature is ready under the id of its key', async () => {
    const client = await server.login();
    expect(client.ready).toMatchObject({
      id: client.identity.id,
      resumed: false,
      time: server.clock.now(),
      limits: { frameBytes: 65_536, messagesPerSecond: 50, resumeSeconds: 30 },
    });
    expect(client.socket.protocol).toBe('peerline.1');
    expect(client.socket.extensions).toBe('');
  });

  test.each(['localhost', '127.0.0.1'])('may name the audience %s', async (host) => {
    const client = await server.login({ audience: `${host}:${server.port}` });
    expect(client.ready.resumed).toBe(false);
  });

  test('with the signature of another key is refused, so nobody can take an id', async () => {
    const client = server.client();
    const challenge = await client.hello();
    client.auth(challenge, { signer: testIdentity() });
    expect(await client.closed).toEqual({ code: 4401, reason: 'authFailed' });
  });

  test('with bytes that are no signature, or a key that is no point, is refused', async () => {
    const noise = server.client();
    noise.auth(await noise.hello(), { signature: 'A'.repeat(86) });
    expect(await codeOf(noise)).toBe(4401);

    const identity = { ...testIdentity(), publicKey: Buffer.alloc(32, 0xff).toString('base64url') };
    const noKey = server.client({ identity });
    noKey.auth(await noKey.hello());
    expect(await codeOf(noKey)).toBe(4401);
  });

  test('cannot name an id: the server takes it from the key and drops what the client says', async () => {
    const victim = testIdentity();
    const client = server.client();
    await client.opened();
    const { publicKey } = client.identity;
    client.send({ type: 'hello', publicKey, deviceId: client.deviceId, id: victim.id });
    client.auth((await client.next('challenge')).nonce);
    expect((await client.next('ready')).id).toBe(client.identity.id);
  });

  test('replayed on a new connection is refused: the nonce is another', async () => {
    const first = server.client();
    const nonce = await first.hello();
    first.auth(nonce);
    await first.next('ready');

    const replay = server.client({ identity: first.identity, deviceId: first.deviceId });
    expect(await replay.hello()).not.toBe(nonce);
    replay.auth(nonce, { nonce });
    expect(await codeOf(replay)).toBe(4401);
    await first.settle();
  });

  test('made for another device is refused', async () => {
    const client = server.client();
    const nonce = await client.hello();
    const text = authText({ nonce, audience: client.audience, deviceId: testDeviceId() });
    const signature = sign(null, Buffer.from(text), client.identity.privateKey).toString('base64url');
    client.auth(nonce, { signature });
    expect(await codeOf(client)).toBe(4401);
  });

  test.each(['signal.example.org:443', '192.0.2.1:7480', 'localhost:1'])(
    'for the audience %s, which is not this server, is refused',
    async (audience) => {
      const client = server.client();
      client.auth(await client.hello(), { audience });
      expect(await client.closed).toEqual({ code: 4403, reason: 'audienceRefused' });
    },
  );

  test('that names one audience and signed another is refused', async () => {
    const client = server.client();
    const nonce = await client.hello();
    const text = authText({ nonce, audience: 'evil.example:443', deviceId: client.deviceId });
    const signature = sign(null, Buffer.from(text), client.identity.privateKey).toString('base64url');
    client.auth(nonce, { signature });
    expect(await codeOf(client)).toBe(4401);
  });

  test('may name what the server was told it is called', async () => {
    const named = await TestServer.start({ names: ['calls.example.org:443'] });
    const client = await named.login({ audience: 'calls.example.org:443' });
    expect(client.ready.resumed).toBe(false);
    await named.stop();
  });

  test('that is not finished in five seconds is closed with a code that says try again', async () => {
    const silent = server.client();
    await silent.opened();
    const halfway = server.client();
    await halfway.hello();
    const done = await server.login();
    await server.clock.advance(5_000);
    expect(await silent.closed).toEqual({ code: 4408, reason: 'handshakeTimeout' });
    expect(await codeOf(halfway)).toBe(4408);
    await done.settle();
  });
});

describe('out of turn', () => {
  test.each([
    ['a send before hello', { type: 'send', ref: 'r', to: testIdentity().id, box: 'YQ', ttl: 1 }],
    ['an auth before hello', { type: 'auth', signature: 'A'.repeat(86), audience: 'a:1' }],
  ])('%s closes with badFrame', async (_what, message) => {
    const client = server.client();
    await client.opened();
    client.send(message);
    expect(await client.closed).toEqual({ code: 4400, reason: 'badFrame' });
  });

  test('a second hello closes with badFrame', async () => {
    const client = server.client();
    await client.hello();
    client.send({ type: 'hello', publicKey: client.identity.publicKey, deviceId: client.deviceId });
    expect(await codeOf(client)).toBe(4400);
  });

  test('a second auth while the first is being checked closes with badFrame', async () => {
    const client = server.client();
    const nonce = await client.hello();
    client.auth(nonce);
    client.auth(nonce);
    expect(await codeOf(client)).toBe(4400);
  });

  test('a hello in a session closes with badFrame', async () => {
    const client = await server.login();
    client.send({ type: 'hello', publicKey: client.identity.publicKey, deviceId: client.deviceId });
    expect(await codeOf(client)).toBe(4400);
  });
});

describe('another version of the protocol', () => {
  test.each([[['peerline.2']], [['peerline.99', 'other']]])('%j is told so', async (protocols) => {
    const client = server.client({ protocols });
    expect(await client.closed).toEqual({ code: 4426, reason: 'versionUnsupported' });
  });

  test('no subprotocol at all is told so', async () => {
    expect(await codeOf(server.client({ protocols: [] }))).toBe(4426);
  });

  test('ours beside another is chosen', async () => {
    const client = await server.login({ protocols: ['peerline.2', 'peerline.1'] });
    expect(client.socket.protocol).toBe('peerline.1');
  });
});

describe('the same device again', () => {
  test('closes the older connection with replaced', async () => {
    const first = await server.login();
    const second = await server.login({ identity: first.identity, deviceId: first.deviceId });
    expect(await first.closed).toEqual({ code: 4409, reason: 'replaced' });
    await second.settle();
    expect(server.server.stats.connections).toBe(1);
  });

  test('leaves the newest of several that log in at once', async () => {
    const identity = testIdentity();
    const deviceId = testDeviceId();
    const clients = Array.from({ length: 5 }, () => server.client({ identity, deviceId }));
    await Promise.all(clients.map(async (client) => client.login()));
    await server.noticed(1);
    const sender = await server.login();
    expect((await sender.deliver(identity.id)).devices).toEqual([deviceId]);
  });

  test('another device of the same id is let in beside it', async () => {
    const first = await server.login();
    const second = await server.login({ identity: first.identity });
    await Promise.all([first.settle(), second.settle()]);
  });
});

test('nothing personal is logged above debug', async () => {
  const client = await server.login();
  await client.deliver(testIdentity().id);
  const text = JSON.stringify(server.log.records.filter(({ level }) => level !== 'debug'));
  expect(text).not.toContain(client.id);
  expect(text).not.toContain('127.0.0.1');
});
