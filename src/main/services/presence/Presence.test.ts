import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#shared/errors.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { PresenceState } from '#shared/protocol/messages.ts';
import { fail, ok } from '#shared/result.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { FakeClient } from '#tests/support/main/FakeClient.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { Presence } from './Presence.ts';
import { shownPresence } from './shownPresence.ts';

const ids = async (count: number): Promise<PeerId[]> =>
  Promise.all(Array.from({ length: count }, async () => (await makeIdentity()).id));

async function setUp() {
  const clock = new FakeClock();
  const client = new FakeClient({ now: () => clock.now() });
  const [bob, carol, dave] = (await ids(3)) as [PeerId, PeerId, PeerId];
  const facts: { shown: PresenceState; watched: PeerId[]; failure: ErrorCode | undefined } = {
    ...{ shown: 'online', watched: [bob, carol], failure: undefined },
  };
  const shown: PresenceState[] = [];
  const watched: { first: boolean; ids: PeerId[] }[] = [];
  const changes: [PeerId, PresenceState][] = [];
  const answer = async () =>
    Promise.resolve(facts.failure === undefined ? ok(null) : fail(facts.failure, ''));
  const presence = new Presence({
    client,
    requests: {
      setPresence: async (state) => {
        shown.push(state);
        return answer();
      },
      watchPresence: async (part) => {
        watched.push(part);
        return answer();
      },
    },
    shown: () => facts.shown,
    watched: () => facts.watched,
    clock,
    logger: testLogger().logger,
  });
  presence.onChanged(({ id, state }) => changes.push([id, state]));
  const online = async (resumed = false): Promise<void> => {
    client.goOnline(resumed);
    await clock.flush();
  };
  return { clock, client, bob, carol, dave, facts, shown, watched, changes, presence, online };
}

describe('shownPresence', () => {
  it.each([
    ['online', false, 'online'],
    ['online', true, 'inCall'],
    ['doNotDisturb', false, 'doNotDisturb'],
    ['doNotDisturb', true, 'doNotDisturb'],
    ['offline', false, 'offline'],
    ['offline', true, 'offline'],
  ] as const)('%s, in a call: %s, is shown as %s', (status, inCall, expected) => {
    expect(shownPresence(status, inCall)).toBe(expected);
  });
});

describe('Presence of this device', () => {
  it('is shown when a session begins and when it changes, and not when it does not', async () => {
    const { facts, shown, presence, online } = await setUp();
    await online();
    await presence.shownChanged();
    facts.shown = 'inCall';
    await presence.shownChanged();
    expect(shown).toEqual(['online', 'inCall']);
  });

  it('is shown again in the next session, also in one that goes on', async () => {
    const { client, shown, online } = await setUp();
    await online();
    client.goOffline();
    await online(true);
    expect(shown).toEqual(['online', 'online']);
  });

  it('is shown later when the server could not take it', async () => {
    const { clock, facts, shown, online } = await setUp();
    facts.failure = 'SIGNALING_RATE_LIMITED';
    await online();
    facts.failure = undefined;
    await clock.advance(5_000);
    expect(shown).toEqual(['online', 'online']);
  });
});

describe('Presence of others', () => {
  it('is asked for when a session begins, and for who is added', async () => {
    const { bob, carol, dave, facts, watched, presence, online } = await setUp();
    await online();
    facts.watched = [bob, carol, dave];
    await presence.watchedChanged();
    await presence.watchedChanged();
    expect(watched).toEqual([
      { first: true, ids: [bob, carol] },
      { first: false, ids: [dave] },
    ]);
  });

  it('is asked for anew when somebody is taken out', async () => {
    const { carol, facts, watched, presence, online } = await setUp();
    await online();
    facts.watched = [carol];
    await presence.watchedChanged();
    facts.watched = [];
    await presence.watchedChanged();
    expect(watched.slice(1)).toEqual([
      { first: true, ids: [carol] },
      { first: true, ids: [] },
    ]);
  });

  it('is asked for in parts of a thousand', async () => {
    const { facts, watched, online } = await setUp();
    facts.watched = await ids(1_001);
    await online();
    expect(watched.map(({ first, ids: part }) => [first, part.length])).toEqual([
      [true, 1_000],
      [false, 1],
    ]);
  });

  it('tells changes once, and lists those who are not offline', async () => {
    const { client, bob, carol, changes, presence, online } = await setUp();
    await online();
    client.showPresence({ id: bob, state: 'online' });
    client.showPresence({ id: bob, state: 'online' });
    client.showPresence({ id: carol, state: 'offline' });
    client.showPresence({ id: bob, state: 'doNotDisturb' });
    expect(changes).toEqual([
      [bob, 'online'],
      [bob, 'doNotDisturb'],
    ]);
    expect(presence.list).toEqual({ [bob]: 'doNotDisturb' });
  });

  it('is not believed of somebody who was not asked for', async () => {
    const { client, dave, changes, online } = await setUp();
    await online();
    client.showPresence({ id: dave, state: 'online' });
    expect(changes).toEqual([]);
  });

  it('is unknown while the connection is away', async () => {
    const { client, bob, changes, presence, online } = await setUp();
    await online();
    client.showPresence({ id: bob, state: 'inCall' });
    client.goOffline();
    expect(changes.at(-1)).toEqual([bob, 'offline']);
    expect(presence.list).toEqual({});
  });

  it('is forgotten of somebody who is taken out', async () => {
    const { client, bob, facts, changes, presence, online } = await setUp();
    await online();
    client.showPresence({ id: bob, state: 'online' });
    facts.watched = [];
    await presence.watchedChanged();
    expect(changes.at(-1)).toEqual([bob, 'offline']);
  });

  it('leaves no listener behind', async () => {
    const { client, presence, online } = await setUp();
    await online();
    presence.close();
    expect(client.listeners).toBe(0);
  });
});
