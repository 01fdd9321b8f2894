import { describe, expect, it } from 'vitest';
import { callIdSchema } from '#shared/identity/ids.ts';
import { ok } from '#shared/result.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { makeOwnDevices } from '#tests/support/main/ownDevicesWorld.ts';
import { testDeviceId } from '#tests/support/protocolClient.ts';

const callId = callIdSchema.parse('C'.repeat(22));

describe('OwnDevices that meet', () => {
  it('say who they are when a session begins, and answer who asks', async () => {
    const { online, about, say, sent, desk } = await makeOwnDevices();
    await online();
    const mine = { type: 'about', name: 'this-computer', platform: 'linux', recordsUntil: 1_000, unseen: [] };
    expect(sent).toEqual([{ body: { ...mine, answer: true } }]);
    await say(about({ answer: true }));
    await say(about({ answer: false }));
    expect(sent.slice(1)).toEqual([{ body: { ...mine, answer: false }, device: desk }]);
  });

  it('are listed with this one first, and whether they are connected', async () => {
    const { ownDevices, online, about, say, clock, self, desk, facts } = await makeOwnDevices();
    const silent = testDeviceId();
    facts.connected = [self, desk, silent];
    await online();
    await say(about());
    const now = clock.now();
    const common = { self: false, connected: true, lastSeen: now };
    expect(await ownDevices.list()).toEqual([
      {
        deviceId: self,
        name: 'this-computer',
        platform: 'linux',
        self: true,
        connected: true,
        lastSeen: now,
      },
      { ...common, deviceId: desk, name: 'desk', platform: 'darwin' },
      { ...common, deviceId: silent, name: '', platform: '' },
    ]);
  });

  it('are remembered across restarts, as last seen when they were', async () => {
    const { start, online, about, say, clock, self, desk, facts } = await makeOwnDevices();
    facts.connected = [self, desk];
    await online();
    await say(about());
    const seen = clock.now();
    await clock.advance(60_000);
    facts.connected = [self];
    expect(await start().list()).toContainEqual({
      ...{ deviceId: desk, name: 'desk', platform: 'darwin', self: false, connected: false, lastSeen: seen },
    });
  });

  it('are not known to be connected while this one is not', async () => {
    const { client, online, about, say, changes } = await makeOwnDevices();
    await online();
    await say(about());
    client.goOffline();
    expect(changes.at(-1)?.map(({ connected }) => connected)).toEqual([false, false]);
  });

  it('tell of changes, and not of time that passes', async () => {
    const { ownDevices, online, about, say, clock, changes, self, desk, facts } = await makeOwnDevices();
    facts.connected = [self, desk];
    await online();
    await say(about());
    const before = changes.length;
    await clock.advance(60_000);
    await ownDevices.list();
    await say(about());
    expect(changes).toHaveLength(before);
  });
});

describe('OwnDevices and names', () => {
  it('gives this one its name and tells the others', async () => {
    const { ownDevices, online, facts, self, sentOf } = await makeOwnDevices();
    await online();
    expect(await ownDevices.rename(self, 'kitchen')).toEqual(ok(null));
    expect(facts.name).toBe('kitchen');
    expect(sentOf('about').at(-1)?.body).toMatchObject({ name: 'kitchen', answer: false });
  });

  it('takes the name that another one gives it', async () => {
    const { online, say, facts, self } = await makeOwnDevices();
    await online();
    await say({ type: 'rename', device: self, name: 'study' });
    expect(facts.name).toBe('study');
  });

  it('names another one at once, and again when it was away', async () => {
    const { ownDevices, online, about, say, desk, sentOf } = await makeOwnDevices();
    await online();
    await say(about());
    await ownDevices.rename(desk, 'attic');
    expect((await ownDevices.list())[1]).toMatchObject({ name: 'attic' });
    const renamed = { body: { type: 'rename', device: desk, name: 'attic' } };
    expect(sentOf('rename')).toEqual([renamed]);
    await say(about());
    expect(sentOf('rename')).toEqual([renamed, { ...renamed, device: desk }]);
    await say(about({ name: 'attic' }));
    await say(about({ name: 'cellar' }));
    expect(sentOf('rename')).toHaveLength(2);
    expect((await ownDevices.list())[1]).toMatchObject({ name: 'cellar' });
  });

  it('keeps a name that waits for its device across restarts', async () => {
    const { ownDevices, start, online, about, say, desk, sentOf } = await makeOwnDevices();
    await online();
    await say(about());
    await ownDevices.rename(desk, 'attic');
    start();
    await say(about());
    expect(sentOf('rename').at(-1)).toEqual({
      ...{ body: { type: 'rename', device: desk, name: 'attic' }, device: desk },
    });
  });

  it('hears of a name that one device gives to another', async () => {
    const { ownDevices, online, about, say, desk } = await makeOwnDevices();
    await online();
    await say(about());
    await say({ type: 'rename', device: desk, name: 'attic' }, testDeviceId());
    expect((await ownDevices.list())[1]).toMatchObject({ name: 'attic' });
  });

  it('does not name a device that it has never heard of', async () => {
    const { ownDevices, online, sentOf } = await makeOwnDevices();
    await online();
    expect(await ownDevices.rename(testDeviceId(), 'attic')).toMatchObject({ ok: false });
    expect(sentOf('rename')).toEqual([]);
  });
});

describe('OwnDevices that sign each other out', () => {
  it('no longer list the one that was signed out', async () => {
    const { ownDevices, online, about, say, self, desk, facts } = await makeOwnDevices();
    facts.connected = [self, desk];
    await online();
    await say(about());
    expect(await ownDevices.signOut(desk)).toEqual(ok(null));
    facts.connected = [self];
    expect(facts.ended).toEqual([desk]);
    expect((await ownDevices.list()).map(({ deviceId }) => deviceId)).toEqual([self]);
  });

  it('list it again should it come back', async () => {
    const { ownDevices, online, about, say, desk } = await makeOwnDevices();
    await online();
    await say(about());
    await ownDevices.signOut(desk);
    await say(about());
    expect((await ownDevices.list())[1]).toMatchObject({ deviceId: desk, name: 'desk' });
  });

  it('say what the server says, and never end themselves', async () => {
    const { ownDevices, online, self } = await makeOwnDevices();
    await online();
    expect(await ownDevices.signOut(testDeviceId())).toMatchObject({
      error: { code: 'SIGNALING_RATE_LIMITED' },
    });
    expect(await ownDevices.signOut(self)).toMatchObject({ error: { code: 'IPC_BAD_ARGUMENTS' } });
  });
});

describe('OwnDevices and calls', () => {
  it.each([
    [{ type: 'accept', media: { video: true } }, 'answered'],
    [{ type: 'decline', reason: 'user' }, 'declined'],
  ] as const)('tell each other of %j', async (body, how) => {
    const { ownDevices, sent } = await makeOwnDevices();
    ownDevices.tookCall({ callId, body });
    expect(sent).toEqual([{ body: { type: 'taken', callId, how } }]);
  });

  it.each([
    { type: 'decline', reason: 'noDevice' },
    { type: 'ringing' },
    { type: 'bye', reason: 'hungUp' },
  ] as const)('keep %j to themselves', async (body) => {
    const { ownDevices, sent } = await makeOwnDevices();
    ownDevices.tookCall({ callId, body });
    expect(sent).toEqual([]);
  });

  it('hear that a call was taken', async () => {
    const { say, taken, desk } = await makeOwnDevices();
    await say({ type: 'taken', callId, how: 'declined' });
    expect(taken).toEqual([{ callId, device: desk, how: 'declined' }]);
  });

  it('send what the other one lacks, in parts of fifty, to it alone', async () => {
    const { about, say, facts, record, sentOf, desk } = await makeOwnDevices();
    facts.records = await Promise.all(Array.from({ length: 120 }, async (_, at) => record(at)));
    await say(about({ recordsUntil: 9 }));
    const parts = sentOf('records');
    expect(parts.map(({ device }) => device)).toEqual([desk, desk, desk]);
    const ats = parts.flatMap(({ body }) =>
      body.type === 'records' ? body.records.map(({ at }) => at) : [],
    );
    expect(ats).toEqual(Array.from({ length: 110 }, (_, index) => index + 10));
  });

  it('take over what the other one sends', async () => {
    const { say, merged, record } = await makeOwnDevices();
    const one = await record(5);
    await say({ type: 'records', records: [one] });
    expect(merged).toEqual([one]);
  });

  it('are told of a call when it is over, and not before', async () => {
    const { ownDevices, sent, record } = await makeOwnDevices();
    const one = await record(5);
    ownDevices.recorded({ ...one, end: null });
    ownDevices.recorded(one);
    expect(sent).toEqual([{ body: { type: 'records', records: [one] } }]);
  });
});

describe('OwnDevices and what the person looked at', () => {
  const mark = { callId, count: 2 };

  it('say which missed calls nobody has looked at here, and hear when somebody has', async () => {
    const { online, facts, sent, say, seenElsewhere } = await makeOwnDevices();
    facts.unseen = [mark];
    await online();
    expect(sent[0]?.body).toMatchObject({ type: 'about', unseen: [mark] });
    await say({ type: 'seen', calls: [mark] });
    expect(seenElsewhere).toEqual([mark]);
  });

  it('tell the others at once when the person looks', async () => {
    const { ownDevices, sent } = await makeOwnDevices();
    ownDevices.looked([mark]);
    expect(sent).toEqual([{ body: { type: 'seen', calls: [mark] } }]);
  });

  it('answer which of the calls of another one were looked at here, those just sent to it too', async () => {
    const { about, say, facts, record, sentOf, desk } = await makeOwnDevices();
    const call = { ...(await record(5)), direction: 'incoming', seconds: 0, end: 'missed' } as const;
    facts.records = [call];
    facts.seen = [callId, call.callId];
    const other = callIdSchema.parse('D'.repeat(22));
    await say(about({ recordsUntil: 0, unseen: [mark, { callId: other, count: 1 }] }));
    const calls = [mark, { callId: call.callId, count: 1 }];
    expect(sentOf('seen')).toEqual([{ body: { type: 'seen', calls }, device: desk }]);
  });
});

describe('OwnDevices and who is blocked', () => {
  it('tell the others at once', async () => {
    const { ownDevices, sent } = await makeOwnDevices();
    const change = { id: (await makeIdentity()).id, blocked: true, at: 5 };
    ownDevices.blocked(change);
    expect(sent).toEqual([{ body: { type: 'blocks', changes: [change] } }]);
  });

  it('send all that is known to one that they meet, lifted blocks too', async () => {
    const { about, say, blocks, sentOf, desk } = await makeOwnDevices();
    const [one, other] = [(await makeIdentity()).id, (await makeIdentity()).id];
    blocks.set(one, true);
    blocks.set(other, true);
    blocks.set(other, false);
    await say(about());
    expect(sentOf('blocks')).toMatchObject([
      {
        body: {
          changes: [
            { id: one, blocked: true },
            { id: other, blocked: false },
          ],
        },
        device: desk,
      },
    ]);
  });

  it('take over what another one says', async () => {
    const { say, blocks } = await makeOwnDevices();
    const { id } = await makeIdentity();
    await say({ type: 'blocks', changes: [{ id, blocked: true, at: 1 }] });
    expect(blocks.has(id)).toBe(true);
  });
});
