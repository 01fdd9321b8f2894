import { describe, expect, it } from 'vitest';
import { admit, makeClient as setUp } from '#tests/support/main/clientWorld.ts';

describe('SignalingClient and what belongs to one connection', () => {
  it('fails with the socket, and is not said again', async () => {
    const { identity, clock, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    const set = client.requests.setPresence('online');
    expect(sockets.last.sentOf('presence.set')).toHaveLength(1);
    sockets.last.end({ kind: 'closed', code: 1006 });
    expect(await set).toMatchObject({ ok: false, error: { code: 'SIGNALING_OFFLINE' } });
    await clock.advance(500);
    admit(sockets.last, identity, { resumed: true });
    expect(sockets.last.sentOf('presence.set')).toEqual([]);
  });

  it('is not even tried without a connection', async () => {
    const { client } = await setUp();
    client.start();
    expect(await client.requests.devices()).toMatchObject({
      ok: false,
      error: { code: 'SIGNALING_OFFLINE' },
    });
  });

  it('is told of each session, after what waited has been sent', async () => {
    const { identity, peer, clock, sockets, client } = await setUp();
    const sessions: [boolean, number][] = [];
    client.on('session', ({ resumed }) => sessions.push([resumed, sockets.last.sentOf('key.get').length]));
    client.start();
    void client.requests.key(peer.id);
    admit(sockets.last, identity);
    sockets.last.end({ kind: 'closed', code: 1006 });
    await clock.advance(500);
    admit(sockets.last, identity, { resumed: true });
    expect(sessions).toEqual([
      [false, 1],
      [true, 1],
    ]);
  });

  it('sends once what is asked for as soon as it is online', async () => {
    const { identity, peer, sockets, client } = await setUp();
    client.on('state', ({ phase }) => {
      if (phase === 'online') {
        void client.requests.key(peer.id);
      }
    });
    client.start();
    admit(sockets.last, identity);
    expect(sockets.last.sentOf('key.get')).toHaveLength(1);
  });
});

describe('SignalingClient that another device signed out', () => {
  const signedOutState = { phase: 'offline', reason: 'SIGNALING_SIGNED_OUT', retryAt: null };

  it('says so, remembers where, and does not come back', async () => {
    const { identity, clock, sockets, client, signedOut } = await setUp();
    client.start();
    admit(sockets.last, identity);
    sockets.last.end({ kind: 'closed', code: 4410 });
    await clock.advance(600_000);
    expect(client.state).toMatchObject(signedOutState);
    expect([...signedOut]).toEqual(['127.0.0.1:7480']);
    expect(sockets.all).toHaveLength(1);
  });

  it('does not dial that server again, whatever it is asked', async () => {
    const { sockets, client } = await setUp({ signedOut: ['127.0.0.1:7480'] });
    client.start();
    client.retry();
    client.wake();
    expect(client.state).toMatchObject(signedOutState);
    expect(sockets.all).toEqual([]);
  });

  it('dials another server', async () => {
    const { identity, sockets, client } = await setUp({ signedOut: ['127.0.0.1:7480'] });
    client.start();
    client.setUrl('wss://example.org');
    admit(sockets.last, identity);
    expect(client.state.phase).toBe('online');
  });
});
