import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authText } from '#shared/protocol/auth.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { admit, deliver, makeClient as setUp, nonce, url } from '#tests/support/main/clientWorld.ts';
import { FakeSockets, type FakeSocket } from '#tests/support/main/FakeSockets.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { sign, toBase64url } from '../identity/keys.ts';
import { SignalingClient } from './SignalingClient.ts';

describe('SignalingClient logging in', () => {
  it('signs the challenge with its key, for the address it dialled and its device', async () => {
    const { identity, sockets, client, phases } = await setUp({ url: 'wss://Example.org' });
    client.start();
    admit(sockets.last, identity);
    expect(sockets.last.sent).toEqual([
      { type: 'hello', publicKey: toBase64url(identity.keys.publicKey), deviceId: identity.deviceId },
      {
        type: 'auth',
        audience: 'example.org:443',
        signature: toBase64url(
          sign(authText({ nonce, audience: 'example.org:443', deviceId: identity.deviceId }), identity.keys),
        ),
      },
    ]);
    expect(phases()).toEqual(['connecting', 'online']);
  });

  it('does not accept to be somebody else', async () => {
    const { peer, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, peer);
    expect(client.state).toMatchObject({ phase: 'offline', reason: 'SIGNALING_PROTOCOL' });
  });

  it.each([
    ['the socket never opens', () => undefined, 15_000],
    ['the server says nothing', (socket: FakeSocket) => socket.open(), 5_000],
  ])('gives up when %s', async (_, play, ms) => {
    const { clock, sockets, client } = await setUp();
    client.start();
    play(sockets.last);
    await clock.advance(ms - 1);
    expect(client.state.phase).toBe('connecting');
    await clock.advance(1);
    expect(client.state).toMatchObject({ phase: 'offline', reason: 'SIGNALING_TIMEOUT' });
    expect(sockets.last.ended).toBe('terminated');
  });

  it('says that an address is none, without dialling', async () => {
    const { sockets, client } = await setUp({ url: '' });
    client.start();
    expect(client.state).toMatchObject({ phase: 'offline', reason: 'SIGNALING_BAD_ADDRESS', retryAt: null });
    expect(sockets.all).toEqual([]);
  });
});

describe('SignalingClient coming back', () => {
  it('tries again after each failure until the server is there, and tells only real changes', async () => {
    const { identity, clock, sockets, client, phases } = await setUp();
    client.start();
    for (let attempt = 1; attempt <= 3; attempt++) {
      sockets.last.end({ kind: 'failed', reason: 'SIGNALING_OFFLINE', message: 'ECONNREFUSED' });
      await clock.advance(15_000);
      expect(sockets.all).toHaveLength(attempt + 1);
    }
    admit(sockets.last, identity);
    expect(phases()).toEqual([
      ...['connecting', 'offline', 'connecting', 'offline', 'connecting', 'offline'],
      ...['connecting', 'online'],
    ]);
  });

  it('stays away after "never" until the person asks', async () => {
    const { clock, sockets, client } = await setUp();
    client.start();
    sockets.last.open();
    sockets.last.end({ kind: 'closed', code: 4409 });
    await clock.advance(3_600_000);
    expect(client.state).toMatchObject({ reason: 'SIGNALING_REPLACED', retryAt: null });
    expect(sockets.all).toHaveLength(1);
    client.retry();
    expect(sockets.all).toHaveLength(2);
  });

  it('dials at once on waking, even when it believes to be online', async () => {
    const { identity, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    client.wake();
    expect(sockets.all[0]?.ended).toBe('terminated');
    expect(sockets.all).toHaveLength(2);
  });

  it('ignores what a dropped socket still says', async () => {
    const { identity, sockets, client } = await setUp();
    client.start();
    const old = sockets.last;
    admit(old, identity);
    client.wake();
    admit(sockets.last, identity);
    old.sayText('nonsense');
    old.end({ kind: 'closed', code: 4401 });
    expect(client.state.phase).toBe('online');
  });
});

describe('SignalingClient heartbeat', () => {
  it('pings, and stays as long as anything comes back', async () => {
    const { identity, clock, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    for (let round = 0; round < 10; round++) {
      await clock.advance(5_000);
      sockets.last.pong();
    }
    expect(client.state.phase).toBe('online');
    expect(sockets.last.pings).toBeGreaterThanOrEqual(10);
  });

  it('notices a dead socket after 15 s', async () => {
    const { identity, clock, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    await clock.advance(4_000);
    sockets.last.pong();
    await clock.advance(14_999);
    expect(client.state.phase).toBe('online');
    await clock.advance(1);
    expect(client.state).toMatchObject({ phase: 'offline', reason: 'SIGNALING_TIMEOUT' });
  });
});

describe('SignalingClient requests', () => {
  it('keeps the order of what was asked while offline', async () => {
    const { identity, peer, sockets, client } = await setUp();
    client.start();
    for (const box of ['AAAA', 'BBBB', 'CCCC']) {
      void client.requests.send({ to: peer.id, box, ttl: 30 }, 30_000);
    }
    admit(sockets.last, identity);
    expect(sockets.last.sentOf('send').map(({ box }) => box)).toEqual(['AAAA', 'BBBB', 'CCCC']);
  });

  it('fails with the reason of the outage when the deadline passes', async () => {
    const { peer, clock, sockets, client } = await setUp();
    client.start();
    const sent = client.requests.send({ to: peer.id, box: 'AAAA', ttl: 30 }, 10_000);
    for (const ms of [250, 500, 1_000, 2_000, 4_000, 7_500]) {
      sockets.last.end({ kind: 'failed', reason: 'SIGNALING_BAD_CERTIFICATE', message: '' });
      await clock.advance(ms);
    }
    expect(await sent).toMatchObject({ ok: false, error: { code: 'SIGNALING_BAD_CERTIFICATE' } });
  });

  it('fails as timed out when the server is there and does not answer', async () => {
    const { identity, peer, clock, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    const sent = client.requests.send({ to: peer.id, box: 'AAAA', ttl: 30 }, 10_000);
    await clock.advance(10_000);
    expect(await sent).toMatchObject({ ok: false, error: { code: 'SIGNALING_TIMEOUT' } });
  });

  it('fails at once when the connection will not come back by itself', async () => {
    const { peer, sockets, client } = await setUp();
    client.start();
    const before = client.requests.send({ to: peer.id, box: 'AAAA', ttl: 30 }, 30_000);
    sockets.last.open();
    sockets.last.end({ kind: 'closed', code: 4401 });
    const refused = { ok: false, error: { code: 'SIGNALING_AUTH_FAILED' } };
    expect(await before).toMatchObject(refused);
    expect(await client.requests.send({ to: peer.id, box: 'AAAA', ttl: 30 }, 30_000)).toMatchObject(refused);
  });

  it('bounds what waits', async () => {
    const { peer, client } = await setUp();
    client.start();
    const sent = Array.from({ length: 257 }, async () =>
      client.requests.send({ to: peer.id, box: 'AAAA', ttl: 1 }, 1_000),
    );
    expect(await sent.at(-1)).toMatchObject({ ok: false, error: { code: 'SIGNALING_RATE_LIMITED' } });
  });

  it.each([
    ['rateLimited', 'SIGNALING_RATE_LIMITED'],
    ['backplaneFailed', 'SIGNALING_OFFLINE'],
    ['selfAddressed', 'PEER_IS_SELF'],
    ['mailboxFull', 'SIGNALING_MAILBOX_FULL'],
    ['tooMany', 'SIGNALING_REFUSED'],
  ] as const)('turns the answer %s into %s', async (code, expected) => {
    const { identity, peer, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    const sent = client.requests.send({ to: peer.id, box: 'AAAA', ttl: 30 }, 30_000);
    sockets.last.say({ type: 'error', ref: sockets.last.sentOf('send')[0]?.ref ?? '', code });
    expect(await sent).toMatchObject({ ok: false, error: { code: expected } });
  });

  it('leaves no timer, and fails what waits, when it is closed', async () => {
    const { identity, peer, clock, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    sockets.last.say(deliver(peer, 1));
    const sent = client.requests.send({ to: peer.id, box: 'AAAA', ttl: 30 }, 30_000);
    client.close();
    client.close();
    expect(await sent).toMatchObject({ ok: false, error: { code: 'SIGNALING_OFFLINE' } });
    expect(sockets.last.ended).toBe('closed');
    expect(sockets.last.sentOf('ack')).toEqual([{ type: 'ack', seq: 1 }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('follows the clock of the server', async () => {
    const { identity, clock, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity, { time: 5_000_000 });
    await clock.advance(1_000);
    clock.jumpWall(-3_600_000);
    expect(client.serverNow()).toBe(5_001_000);
  });
});

describe('SignalingClient and a server that breaks the protocol', () => {
  it.each<[string, (socket: FakeSocket) => void]>([
    ['text that is no JSON', (socket) => socket.sayText('hello?')],
    ['an unknown message', (socket) => socket.sayText('{"type":"surprise"}')],
    ['a message with a wrong field', (socket) => socket.sayText('{"type":"receipt","ref":1}')],
    ['a binary frame', (socket) => socket.sayBinary(Buffer.from('{"type":"challenge"}'))],
    ['an oversized frame', (socket) => socket.sayText(`"${'x'.repeat(70_000)}"`)],
    ['deep nesting', (socket) => socket.sayText('['.repeat(60_000))],
    ['balanced deep nesting', (socket) => socket.sayText(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)],
    ['a second challenge', (socket) => socket.say({ type: 'challenge', nonce })],
  ])('drops the connection on %s and comes back', async (_, say) => {
    const { identity, clock, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    say(sockets.last);
    expect(client.state).toMatchObject({ phase: 'offline', reason: 'SIGNALING_PROTOCOL' });
    expect(sockets.last.ended).toBe('terminated');
    await clock.advance(1_000);
    admit(sockets.last, identity);
    expect(client.state.phase).toBe('online');
  });

  it('drops the connection on an answer before the login is done', async () => {
    const { sockets, client } = await setUp();
    client.start();
    sockets.last.open();
    sockets.last.say({ type: 'receipt', ref: '1', devices: [], stored: false });
    expect(client.state).toMatchObject({ phase: 'offline', reason: 'SIGNALING_PROTOCOL' });
  });

  it('survives any frames at any moment', { timeout: 60_000 }, async () => {
    const { identity, peer } = await setUp();
    const good = [
      JSON.stringify({ type: 'challenge', nonce }),
      JSON.stringify(deliver(peer, 1)),
      JSON.stringify({ type: 'receipt', ref: '1', devices: [], stored: true }),
      JSON.stringify({ ...deliver(peer, 1), type: 'mail', mail: 'one' }),
      JSON.stringify({ type: 'presence', id: peer.id, state: 'online' }),
      JSON.stringify({ type: 'key', ref: '1', id: peer.id, publicKey: toBase64url(peer.keys.publicKey) }),
    ];
    const mutated = fc
      .tuple(fc.constantFrom(...good), fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(
        ([text, at, piece]) => text.slice(0, at % text.length) + piece + text.slice((at % text.length) + 1),
      );
    const frame = fc.oneof(mutated, fc.constantFrom(...good), fc.json(), fc.string({ unit: 'binary' }));
    const clock = new FakeClock();
    fc.assert(
      fc.property(fc.boolean(), fc.array(frame, { maxLength: 20 }), (admitted, frames) => {
        const sockets = new FakeSockets();
        const client = new SignalingClient({
          identity,
          url,
          connect: sockets.connect,
          clock,
          logger: testLogger().logger,
          random: () => 0,
          signedOut: new Set(),
        });
        client.start();
        if (admitted) {
          admit(sockets.last, identity);
        } else {
          sockets.last.open();
        }
        frames.forEach((text) => sockets.last.sayText(text));
        expect(['connecting', 'online', 'offline']).toContain(client.state.phase);
        client.close();
      }),
      { numRuns: 2_000 },
    );
  });
});
