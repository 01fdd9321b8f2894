import { describe, expect, it } from 'vitest';
import { admit, makeClient, url } from '#tests/support/main/clientWorld.ts';

/** A client that the server told not to come back by itself. */
async function makeSentAway(code: number) {
  const world = await makeClient();
  world.client.start();
  admit(world.sockets.last, world.identity);
  world.sockets.last.end({ kind: 'closed', code });
  return world;
}

/** `replaced`, as when another computer has a copy of the profile; `authFailed`; `badFrame`. */
const never = [4409, 4401, 4400];

describe.each(never)('SignalingClient that is told "never" with %i', (code) => {
  it('does not dial when the network changes or the computer wakes up', async () => {
    const { clock, sockets, client } = await makeSentAway(code);
    const { state } = client;
    client.hasten();
    client.wake();
    await clock.advance(3_600_000);
    expect(sockets.all).toHaveLength(1);
    expect(client.state).toEqual(state);
    expect(state).toMatchObject({ phase: 'offline', retryAt: null });
  });

  it('does not dial when settings change and the address stays', async () => {
    const { sockets, client } = await makeSentAway(code);
    client.setUrl(url);
    expect(sockets.all).toHaveLength(1);
  });

  it('dials when the person asks, and for another address', async () => {
    const { sockets, client } = await makeSentAway(code);
    client.retry();
    expect(sockets.all).toHaveLength(2);
    sockets.last.open();
    sockets.last.end({ kind: 'closed', code });
    client.setUrl('wss://other.example');
    expect(sockets.all).toHaveLength(3);
  });
});

describe('SignalingClient that waits for its next attempt', () => {
  it.each([
    ['the network changes', 'hasten'],
    ['the computer wakes up', 'wake'],
  ] as const)('dials at once when %s', async (_, what) => {
    const { sockets, client } = await makeClient();
    client.start();
    sockets.last.end({ kind: 'failed', reason: 'SIGNALING_OFFLINE', message: 'ENETUNREACH' });
    client[what]();
    expect(sockets.all).toHaveLength(2);
  });

  it('leaves a connection that stands alone when there is only one address more', async () => {
    const { identity, sockets, client } = await makeClient();
    client.start();
    admit(sockets.last, identity);
    client.hasten();
    expect(sockets.all).toHaveLength(1);
    expect(client.state.phase).toBe('online');
  });
});
