import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeviceBody } from '#shared/call/deviceMessages.ts';
import { callIdSchema, deviceIdSchema, type CallId, type DeviceId } from '#shared/identity/ids.ts';
import type { IpcEvents } from '#shared/ipc/contract.ts';
import type { CallMark, CallRecord } from '#shared/people/history.ts';
import type { OwnDevice } from '#shared/people/ownDevices.ts';
import { fail, ok } from '#shared/result.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { FakeClient } from '#tests/support/main/FakeClient.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { BlockList } from '../contacts/BlockList.ts';
import { Database } from '../storage/Database.ts';
import { BlocksSync } from './BlocksSync.ts';
import type { DeviceMessage } from './DeviceCourier.ts';
import { OwnDevices } from './OwnDevices.ts';
import { OwnDeviceTable } from './OwnDeviceTable.ts';
import { RecordsSync } from './RecordsSync.ts';

const newDevice = (): DeviceId => deviceIdSchema.parse(randomBytes(16).toString('base64url'));
const callId = callIdSchema.parse('C'.repeat(22));

async function setUp() {
  const clock = new FakeClock();
  const { logger } = testLogger();
  const client = new FakeClient({ now: () => clock.now() });
  const [self, desk] = [newDevice(), newDevice()];
  const database = new Database({
    ...{ path: join(await tempFolder(), 'peerline.db'), copies: 'none', now: () => clock.now(), logger },
  });
  database.open();
  const facts: {
    name: string;
    connected: DeviceId[];
    ended: DeviceId[];
    records: CallRecord[];
    unseen: CallMark[];
    seen: CallId[];
  } = { name: 'this-computer', connected: [self], ended: [], records: [], unseen: [], seen: [] };
  const seenElsewhere: CallMark[] = [];
  const blocks = new BlockList({ self: (await makeIdentity()).id, database, now: () => clock.now(), logger });
  blocks.start();
  const sent: { body: DeviceBody; device?: DeviceId | undefined }[] = [];
  const merged: CallRecord[] = [];
  const changes: (readonly OwnDevice[])[] = [];
  const taken: IpcEvents['callTaken'][] = [];
  let hear: (message: DeviceMessage) => void = () => undefined;
  const start = () => {
    const courier = {
      send: async (body: DeviceBody, device?: DeviceId) => {
        sent.push(device === undefined ? { body } : { body, device });
        return Promise.resolve(ok({ devices: [], stored: false }));
      },
      onMessage: (listener: (message: DeviceMessage) => void) => {
        hear = listener;
        return () => undefined;
      },
    };
    const ownDevices: OwnDevices = new OwnDevices({
      self,
      platform: 'linux',
      name: () => facts.name,
      rename: async (name) => {
        facts.name = name;
        ownDevices.nameChanged();
        return Promise.resolve(ok(null));
      },
      client,
      requests: {
        devices: async () => Promise.resolve(ok(facts.connected)),
        endDevice: async (device) => {
          facts.ended.push(device);
          return Promise.resolve(device === desk ? ok(null) : fail('SIGNALING_RATE_LIMITED', ''));
        },
      },
      courier,
      table: new OwnDeviceTable({ database }),
      records: new RecordsSync({
        courier,
        history: {
          newest: () => ok(1_000),
          since: (at) => ok(facts.records.filter((record) => record.at > at)),
          merge: (records) => {
            merged.push(...records);
            return ok(null);
          },
          unseenCalls: () => ok(facts.unseen),
          amongSeen: (marks) => ok(marks.filter(({ callId: id }) => facts.seen.includes(id))),
          seenElsewhere: (marks) => {
            seenElsewhere.push(...marks);
            return ok(null);
          },
        },
        logger,
      }),
      blocks: new BlocksSync({ courier, blocks, logger }),
      clock,
      logger,
    });
    ownDevices.on('changed', (devices) => changes.push(devices));
    ownDevices.on('taken', (call) => taken.push(call));
    return ownDevices;
  };
  const ownDevices = start();
  const online = async (): Promise<void> => {
    client.goOnline();
    await clock.flush();
    await clock.flush();
  };
  const about = (change: Partial<Extract<DeviceBody, { type: 'about' }>> = {}): DeviceBody => ({
    ...{ type: 'about', name: 'desk', platform: 'darwin', answer: false, recordsUntil: 0, unseen: [] },
    ...change,
  });
  const say = async (body: DeviceBody, from = desk): Promise<void> => {
    hear({ from, body });
    await clock.flush();
  };
  const sentOf = (type: DeviceBody['type']) => sent.filter(({ body }) => body.type === type);
  const record = async (at: number): Promise<CallRecord> => ({
    ...{ callId: callIdSchema.parse(randomBytes(16).toString('base64url')), peer: (await makeIdentity()).id },
    ...{ direction: 'outgoing', video: true, at, seconds: 5, end: 'hungUp', device: self },
  });
  const facades = { ownDevices, start, online, about, say, sentOf, record };
  const heard = { merged, changes, taken, seenElsewhere };
  return { ...facades, ...heard, clock, client, self, desk, facts, sent, blocks };
}

describe('OwnDevices that meet', () => {
  it('say who they are when a session begins, and answer who asks', async () => {
    const { online, about, say, sent, desk } = await setUp();
    await online();
    const mine = { type: 'about', name: 'this-computer', platform: 'linux', recordsUntil: 1_000, unseen: [] };
    expect(sent).toEqual([{ body: { ...mine, answer: true } }]);
    await say(about({ answer: true }));
    await say(about({ answer: false }));
    expect(sent.slice(1)).toEqual([{ body: { ...mine, answer: false }, device: desk }]);
  });

  it('are listed with this one first, and whether they are connected', async () => {
    const { ownDevices, online, about, say, clock, self, desk, facts } = await setUp();
    const silent = newDevice();
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
    const { start, online, about, say, clock, self, desk, facts } = await setUp();
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
    const { client, online, about, say, changes } = await setUp();
    await online();
    await say(about());
    client.goOffline();
    expect(changes.at(-1)?.map(({ connected }) => connected)).toEqual([false, false]);
  });

  it('tell of changes, and not of time that passes', async () => {
    const { ownDevices, online, about, say, clock, changes, self, desk, facts } = await setUp();
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
    const { ownDevices, online, facts, self, sentOf } = await setUp();
    await online();
    expect(await ownDevices.rename(self, 'kitchen')).toEqual(ok(null));
    expect(facts.name).toBe('kitchen');
    expect(sentOf('about').at(-1)?.body).toMatchObject({ name: 'kitchen', answer: false });
  });

  it('takes the name that another one gives it', async () => {
    const { online, say, facts, self } = await setUp();
    await online();
    await say({ type: 'rename', device: self, name: 'study' });
    expect(facts.name).toBe('study');
  });

  it('names another one at once, and again when it was away', async () => {
    const { ownDevices, online, about, say, desk, sentOf } = await setUp();
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
    const { ownDevices, start, online, about, say, desk, sentOf } = await setUp();
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
    const { ownDevices, online, about, say, desk } = await setUp();
    await online();
    await say(about());
    await say({ type: 'rename', device: desk, name: 'attic' }, newDevice());
    expect((await ownDevices.list())[1]).toMatchObject({ name: 'attic' });
  });

  it('does not name a device that it has never heard of', async () => {
    const { ownDevices, online, sentOf } = await setUp();
    await online();
    expect(await ownDevices.rename(newDevice(), 'attic')).toMatchObject({ ok: false });
    expect(sentOf('rename')).toEqual([]);
  });
});

describe('OwnDevices that sign each other out', () => {
  it('no longer list the one that was signed out', async () => {
    const { ownDevices, online, about, say, self, desk, facts } = await setUp();
    facts.connected = [self, desk];
    await online();
    await say(about());
    expect(await ownDevices.signOut(desk)).toEqual(ok(null));
    facts.connected = [self];
    expect(facts.ended).toEqual([desk]);
    expect((await ownDevices.list()).map(({ deviceId }) => deviceId)).toEqual([self]);
  });

  it('list it again should it come back', async () => {
    const { ownDevices, online, about, say, desk } = await setUp();
    await online();
    await say(about());
    await ownDevices.signOut(desk);
    await say(about());
    expect((await ownDevices.list())[1]).toMatchObject({ deviceId: desk, name: 'desk' });
  });

  it('say what the server says, and never end themselves', async () => {
    const { ownDevices, online, self } = await setUp();
    await online();
    expect(await ownDevices.signOut(newDevice())).toMatchObject({
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
    const { ownDevices, sent } = await setUp();
    ownDevices.tookCall({ callId, body });
    expect(sent).toEqual([{ body: { type: 'taken', callId, how } }]);
  });

  it.each([
    { type: 'decline', reason: 'noDevice' },
    { type: 'ringing' },
    { type: 'bye', reason: 'hungUp' },
  ] as const)('keep %j to themselves', async (body) => {
    const { ownDevices, sent } = await setUp();
    ownDevices.tookCall({ callId, body });
    expect(sent).toEqual([]);
  });

  it('hear that a call was taken', async () => {
    const { say, taken, desk } = await setUp();
    await say({ type: 'taken', callId, how: 'declined' });
    expect(taken).toEqual([{ callId, device: desk, how: 'declined' }]);
  });

  it('send what the other one lacks, in parts of fifty, to it alone', async () => {
    const { about, say, facts, record, sentOf, desk } = await setUp();
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
    const { say, merged, record } = await setUp();
    const one = await record(5);
    await say({ type: 'records', records: [one] });
    expect(merged).toEqual([one]);
  });

  it('are told of a call when it is over, and not before', async () => {
    const { ownDevices, sent, record } = await setUp();
    const one = await record(5);
    ownDevices.recorded({ ...one, end: null });
    ownDevices.recorded(one);
    expect(sent).toEqual([{ body: { type: 'records', records: [one] } }]);
  });
});

describe('OwnDevices and what the person looked at', () => {
  const mark = { callId, count: 2 };

  it('say which missed calls nobody has looked at here, and hear when somebody has', async () => {
    const { online, facts, sent, say, seenElsewhere } = await setUp();
    facts.unseen = [mark];
    await online();
    expect(sent[0]?.body).toMatchObject({ type: 'about', unseen: [mark] });
    await say({ type: 'seen', calls: [mark] });
    expect(seenElsewhere).toEqual([mark]);
  });

  it('tell the others at once when the person looks', async () => {
    const { ownDevices, sent } = await setUp();
    ownDevices.looked([mark]);
    expect(sent).toEqual([{ body: { type: 'seen', calls: [mark] } }]);
  });

  it('answer which of the calls of another one were looked at here, those just sent to it too', async () => {
    const { about, say, facts, record, sentOf, desk } = await setUp();
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
    const { ownDevices, sent } = await setUp();
    const change = { id: (await makeIdentity()).id, blocked: true, at: 5 };
    ownDevices.blocked(change);
    expect(sent).toEqual([{ body: { type: 'blocks', changes: [change] } }]);
  });

  it('send all that is known to one that they meet, lifted blocks too', async () => {
    const { about, say, blocks, sentOf, desk } = await setUp();
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
    const { say, blocks } = await setUp();
    const { id } = await makeIdentity();
    await say({ type: 'blocks', changes: [{ id, blocked: true, at: 1 }] });
    expect(blocks.has(id)).toBe(true);
  });
});
