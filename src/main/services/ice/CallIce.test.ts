import { describe, expect, it } from 'vitest';
import type { Turn } from '#shared/protocol/messages.ts';
import { applySettingsPatch, defaultSettings, type IceServer } from '#shared/settings.ts';
import { admit, makeClient, url } from '#tests/support/main/clientWorld.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { CallIce } from './CallIce.ts';

const stun: IceServer = { urls: ['stun:stun.example'] };
const own: IceServer = { urls: ['turn:own.example'], username: 'u', credential: 'p' };
const relay = (name: string) => ({
  urls: ['turn:relay.example:3478', 'turns:relay.example:443'],
  username: name,
  credential: 'c',
});

async function makeWorld(servers: readonly IceServer[] = []) {
  const { client, clock, sockets, identity } = await makeClient();
  const { logger, records } = testLogger();
  let settings = applySettingsPatch(defaultSettings(), { iceServers: [...servers] });
  const ice = new CallIce({
    settings: {
      get value() {
        return settings;
      },
    },
    client,
    clock,
    logger,
  });
  const connect = (): void => {
    client.start();
    admit(sockets.last, identity);
  };
  const answer = (change: Partial<Turn>): void => {
    const ref = sockets.last.sentOf('turn.get').at(-1)?.ref ?? '';
    sockets.last.say({ type: 'turn', ref, servers: [], ttl: 0, ...change });
  };
  /** Asks and lets the server answer. */
  const get = async (change: Partial<Turn>) => {
    const asked = ice.get();
    answer(change);
    return asked;
  };
  return {
    ...{ client, clock, sockets, identity, ice, records, connect, answer, get },
    change: (iceServers: readonly IceServer[]) => {
      settings = applySettingsPatch(settings, { iceServers: [...iceServers] });
    },
  };
}

describe('the ICE servers of a call', () => {
  it('are those of the settings and then the relays of the server, with the time of their end', async () => {
    const { clock, connect, get } = await makeWorld([stun, own]);
    connect();
    expect(await get({ servers: [relay('a')], ttl: 600 })).toEqual({
      servers: [stun, own, relay('a')],
      expiresAt: clock.now() + 600_000,
      relays: 2,
    });
  });

  it('say that nothing relays when neither the person nor the server has a relay', async () => {
    const { connect, get } = await makeWorld([stun]);
    connect();
    expect(await get({})).toEqual({ servers: [stun], expiresAt: null, relays: 0 });
  });

  it('are asked for again before every call', async () => {
    const { connect, get, sockets } = await makeWorld();
    connect();
    await get({ servers: [relay('a')], ttl: 600 });
    expect((await get({ servers: [relay('b')], ttl: 600 })).servers).toEqual([relay('b')]);
    expect(sockets.last.sentOf('turn.get')).toHaveLength(2);
  });

  it('are asked for once by two who ask at the same time', async () => {
    const { connect, ice, answer, sockets } = await makeWorld();
    connect();
    const both = Promise.all([ice.get(), ice.get()]);
    answer({ servers: [relay('a')], ttl: 600 });
    const [first, second] = await both;
    expect(second).toEqual(first);
    expect(sockets.last.sentOf('turn.get')).toHaveLength(1);
  });

  it('count their end by our clock, however wrong that of the server is', async () => {
    const { client, clock, sockets, identity, get } = await makeWorld();
    client.start();
    admit(sockets.last, identity, { time: clock.now() - 3_600_000 });
    expect((await get({ servers: [relay('a')], ttl: 60 })).expiresAt).toBe(clock.now() + 60_000);
  });

  it('count their end from the question: the answer may have been long under way', async () => {
    const { connect, ice, answer, clock } = await makeWorld();
    connect();
    const asked = ice.get();
    const start = clock.now();
    await clock.advance(1_000);
    answer({ servers: [relay('a')], ttl: 60 });
    expect((await asked).expiresAt).toBe(start + 60_000);
  });
});

describe('the ICE servers of a call whose server is away', () => {
  it('come after a second and a half without its relays, and the log says why', async () => {
    const { connect, ice, clock, records } = await makeWorld([own]);
    connect();
    let answered = false;
    const asked = ice.get().finally(() => {
      answered = true;
    });
    await clock.advance(1_499);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect(await asked).toEqual({ servers: [own], expiresAt: null, relays: 1 });
    expect(records).toContainEqual(
      expect.objectContaining({ message: 'relays not known', context: { code: 'SIGNALING_TIMEOUT' } }),
    );
  });

  it('come at once when it is known to be away', async () => {
    const { ice, records } = await makeWorld([own]);
    expect((await ice.get()).servers).toEqual([own]);
    expect(records).toContainEqual(
      expect.objectContaining({ message: 'relays not known', context: { code: 'SIGNALING_OFFLINE' } }),
    );
  });

  it('come at once when the connection breaks while it is asked', async () => {
    const { connect, ice, sockets } = await makeWorld([own]);
    connect();
    const asked = ice.get();
    sockets.last.end({ kind: 'closed', code: 1006 });
    expect((await asked).servers).toEqual([own]);
  });

  it('come without relays when it refuses', async () => {
    const { connect, ice, sockets } = await makeWorld();
    connect();
    const asked = ice.get();
    const [{ ref } = { ref: '' }] = sockets.last.sentOf('turn.get');
    sockets.last.say({ type: 'error', ref, code: 'rateLimited' });
    expect((await asked).relays).toBe(0);
  });

  it.each([
    ['the first half of their life', 29_999, 1],
    ['no longer', 30_000, 0],
  ])('have the last relays for %s', async (_how, ms, relays) => {
    const { connect, get, ice, sockets, clock } = await makeWorld();
    connect();
    const { expiresAt } = await get({ servers: [relay('a')], ttl: 60 });
    sockets.last.end({ kind: 'failed', reason: 'SIGNALING_OFFLINE', message: '' });
    clock.jumpWall(ms);
    const later = await ice.get();
    expect(later.relays).toBe(relays);
    expect(later.expiresAt).toBe(relays === 0 ? null : expiresAt);
  });

  it('forget the last relays when the clock was set back and their time has passed', async () => {
    const { connect, get, ice, client, clock } = await makeWorld();
    connect();
    await get({ servers: [relay('a')], ttl: 60 });
    client.close();
    await clock.advance(30_000);
    clock.jumpWall(-3_600_000);
    expect((await ice.get()).relays).toBe(0);
  });

  it('never have the relays of another server', async () => {
    const { connect, get, ice, client } = await makeWorld();
    connect();
    await get({ servers: [relay('a')], ttl: 60 });
    client.setUrl(url.replace('7480', '7481'));
    expect((await ice.get()).relays).toBe(0);
  });

  it('do not have relays that the server no longer has', async () => {
    const { connect, get, ice, client } = await makeWorld();
    connect();
    await get({ servers: [relay('a')], ttl: 60 });
    await get({});
    client.close();
    expect((await ice.get()).relays).toBe(0);
  });
});

describe('a hostile answer about relays', () => {
  it.each([
    ['an address that RTCPeerConnection throws at', { urls: ['turn://relay.example'] }],
    ['a web address', { urls: ['https://relay.example'] }],
    ['no address', { urls: [] }],
    ['an address without end', { urls: [`turn:${'a'.repeat(600)}`] }],
    ['no password', { credential: '' }],
  ])('with %s ends the session, and the call has the rest', async (_what, change) => {
    const { connect, ice, sockets } = await makeWorld([own]);
    connect();
    const asked = ice.get();
    const [{ ref } = { ref: '' }] = sockets.last.sentOf('turn.get');
    const servers = [{ ...relay('a'), ...change }];
    sockets.last.sayText(JSON.stringify({ type: 'turn', ref, servers, ttl: 60 }));
    expect((await asked).servers).toEqual([own]);
    expect(sockets.last.ended).toBe('terminated');
  });
});
