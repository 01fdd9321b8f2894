import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { CallBody } from '#shared/call/messages.ts';
import { systemClock, type Clock } from '#shared/clock.ts';
import { callIdSchema, deviceIdSchema, type CallId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { HistoryEntry } from '#shared/people/history.ts';
import { makePeer, type TestPeer } from '#tests/support/main/makePeer.ts';
import { startServer } from '#tests/support/main/startServer.ts';

const hour = 3_600_000;
const newCall = (): CallId => callIdSchema.parse(randomBytes(16).toString('base64url'));
const invite: CallBody = { type: 'invite', media: { video: true } };
const offline = { ok: true, value: { devices: [], stored: false } };
const until = async (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 10_000, interval: 10 });

const shifted = (ms: number): Clock => ({ ...systemClock, now: () => Date.now() + ms });

async function online(...peers: readonly TestPeer[]): Promise<void> {
  for (const { client, reach } of peers) {
    client.start();
    await reach('online');
  }
}

async function people(...clocks: readonly Clock[]): Promise<{ url: string; all: TestPeer[] }> {
  const { url } = await startServer();
  const all: TestPeer[] = [];
  for (const clock of clocks) {
    all.push(await makePeer({ url, clock }));
  }
  await online(...all);
  return { url, all };
}

async function threePeople() {
  const { url, all } = await people(systemClock, systemClock, systemClock);
  const [caller, other, callee] = all;
  if (caller === undefined || other === undefined || callee === undefined) {
    throw new Error('nobody');
  }
  return { url, caller, other, callee };
}

const call = async (from: TestPeer, to: TestPeer, body: CallBody = invite, callId = newCall()) =>
  from.post.sendCall({ to: to.identity.id, callId, body });

const leave = async (from: TestPeer, to: TestPeer, callId = newCall()): Promise<boolean> =>
  from.courier.leaveNotice({ to: to.identity.id, callId, video: false });

const history = ({ history: calls }: TestPeer): readonly HistoryEntry[] => {
  const range = calls.range({ filter: 'all', offset: 0, limit: 50 });
  return range.ok ? range.value.entries : [];
};

/** Ends a peer for good, as the server sees it too. */
async function leaveFor(from: TestPeer, gone: TestPeer): Promise<void> {
  await gone.close();
  await until(async () => {
    const sent = await call(from, gone, { type: 'busy' });
    return sent.ok && sent.value.devices.length === 0;
  });
}

const contactOf = (id: PeerId, seesPresence = false) => ({
  ...{ id, name: 'somebody', note: '', favourite: false, seesPresence },
});

describe('a notice for somebody who is away', () => {
  it('is there once, in its order, when they are back, and no more after that', async () => {
    const { url, caller, other, callee } = await threePeople();
    await leaveFor(caller, callee);
    const calls = [newCall(), newCall()];
    expect(await leave(caller, callee, calls[0])).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await leave(other, callee, calls[1])).toBe(true);
    const { identity, folder } = callee;
    const back = await makePeer({ url, identity, folder });
    await online(back);
    await until(() => history(back).length === 2);
    expect(history(back).map(({ callId, end, unseen }) => ({ callId, end, unseen }))).toEqual([
      { callId: calls[1], end: 'missed', unseen: true },
      { callId: calls[0], end: 'missed', unseen: true },
    ]);
    expect(history(back)[0]?.at).toBeGreaterThan(history(back)[1]?.at ?? 0);
    await leaveFor(caller, back);
    const again = await makePeer({ url, identity, folder });
    await online(again);
    expect(await leave(caller, again)).toBe(true);
    await until(() => history(again).some(({ count }) => count === 2));
    expect(history(again).map(({ count }) => count)).toEqual([2, 1]);
  });

  it.each([hour, -hour])('is dated by their own clock, also when theirs is %d ms off', async (ms) => {
    const { url, all } = await people(shifted(-ms), shifted(ms));
    const [caller, callee] = all;
    if (caller === undefined || callee === undefined) {
      throw new Error('nobody');
    }
    await leaveFor(caller, callee);
    await leave(caller, callee);
    const back = await makePeer({ url, ...callee, clock: shifted(ms) });
    await online(back);
    await until(() => history(back).length === 1);
    expect(Math.abs((history(back)[0]?.at ?? 0) - (Date.now() + ms))).toBeLessThan(10_000);
  });

  it('is known on every device, though one alone was handed it', async () => {
    const { url, caller, callee } = await threePeople();
    await leaveFor(caller, callee);
    const callId = newCall();
    await leave(caller, callee, callId);
    const { identity, folder } = callee;
    const first = await makePeer({ url, identity, folder });
    const deviceId = deviceIdSchema.parse(randomBytes(16).toString('base64url'));
    const second = await makePeer({ url, identity: { ...identity, deviceId } });
    await online(first, second);
    await until(() => [first, second].every((device) => history(device)[0]?.callId === callId));
    expect([first, second].map((device) => history(device).map(({ count }) => count))).toEqual([[1], [1]]);
  });

  it('cannot be slipped in as a call message, nor a call message as a notice', async () => {
    const { caller, callee } = await threePeople();
    await call(caller, callee, { type: 'missed', media: { video: true } });
    const key = callee.identity.keys.publicKey;
    const box = caller.sealer.seal(
      {
        ...{ v: 1, from: caller.identity.id, to: callee.identity.id, callId: newCall() },
        ...{ seq: Date.now(), sentAt: Date.now(), body: invite },
      },
      key,
    );
    await caller.client.requests.putMail({ to: callee.identity.id, box: box.ok ? box.value : '' });
    await until(() => callee.refusals('misplaced') === 2);
    expect([callee.received, history(callee)]).toEqual([[], []]);
  });
});

describe('a clock that is an hour off', () => {
  it.each([hour, -hour])('keeps no call from coming through (%d ms)', async (ms) => {
    const { all } = await people(systemClock, shifted(ms));
    const [caller, callee] = all;
    if (caller === undefined || callee === undefined) {
      throw new Error('nobody');
    }
    await call(caller, callee);
    await call(callee, caller);
    await until(() => caller.received.length + callee.received.length === 2);
    expect([caller, callee].map(({ received }) => received[0]?.ageMs ?? hour)).toEqual([
      expect.toSatisfy((age: number) => age < 5_000),
      expect.toSatisfy((age: number) => age < 5_000),
    ]);
  });
});

describe('somebody who was blocked', () => {
  it('sees exactly what an offline id looks like', async () => {
    const { caller, other, callee } = await threePeople();
    await leaveFor(caller, other);
    callee.blocks.set(caller.identity.id, true);
    await until(async () => {
      const sent = await call(caller, callee, { type: 'busy' });
      return sent.ok && sent.value.devices.length === 0;
    });
    callee.contacts.save(contactOf(caller.identity.id, true));
    caller.contacts.save(contactOf(callee.identity.id));
    caller.contacts.save(contactOf(other.identity.id));
    await callee.post.ownDevices.list();
    expect(await call(caller, callee)).toEqual(offline);
    expect(await call(caller, other)).toEqual(offline);
    expect(await leave(caller, callee)).toBe(await leave(caller, other));
    expect(caller.post.presence.list).toEqual({});
    // A word of somebody else that comes after all of it.
    const friend = await makePeer({ url: caller.client.state.url });
    await online(friend);
    await call(friend, callee);
    await until(() => callee.received.length > 0);
    expect(callee.received.map(({ from }) => from)).toEqual([friend.identity.id]);
    expect(history(callee)).toEqual([]);
  });
});

describe('somebody who takes calls of contacts only', () => {
  it('is offline for a stranger, there for a contact, and can call a stranger all the same', async () => {
    const { caller, other, callee } = await threePeople();
    callee.contacts.save(contactOf(other.identity.id));
    await callee.settings.update({ callsFrom: 'contacts' });
    await until(async () => {
      const sent = await call(caller, callee, { type: 'busy' });
      return sent.ok && sent.value.devices.length === 0;
    });
    expect(await call(caller, callee)).toEqual(offline);
    expect(await call(other, callee)).toMatchObject({ value: { devices: [callee.identity.deviceId] } });

    const callId = newCall();
    expect(await call(callee, caller, invite, callId)).toMatchObject({ ok: true });
    expect(await call(caller, callee, { type: 'ringing' }, callId)).toMatchObject({
      value: { devices: [callee.identity.deviceId] },
    });
    await until(() => callee.received.some(({ body }) => body.type === 'ringing'));
    callee.post.callChanged(null);
    await until(async () => {
      const sent = await call(caller, callee, { type: 'busy' });
      return sent.ok && sent.value.devices.length === 0;
    });
  });
});

describe('presence', () => {
  it('is seen by a contact who may, in every state, and gone with the connection', async () => {
    const { caller, callee } = await threePeople();
    const { id } = callee.identity;
    caller.contacts.save(contactOf(id));
    callee.contacts.save(contactOf(caller.identity.id, true));
    const seen = () => caller.post.presence.list[id];
    await until(() => seen() === 'online');
    const stage = 'accepted';
    callee.post.callChanged({ callId: newCall(), peer: caller.identity.id, stage });
    await until(() => seen() === 'inCall');
    await callee.settings.update({ status: 'doNotDisturb' });
    await until(() => seen() === 'doNotDisturb');
    await callee.settings.update({ status: 'offline' });
    await until(() => seen() === undefined);
    await callee.settings.update({ status: 'online' });
    callee.post.callChanged(null);
    await until(() => seen() === 'online');
    caller.client.wake();
    expect(seen()).toBeUndefined();
    await until(() => seen() === 'online');
    await callee.close();
    await until(() => seen() === undefined);
  });

  it('is not seen by a contact who may not, by somebody who is none, nor after it was taken back', async () => {
    const { caller, other, callee } = await threePeople();
    const { id } = callee.identity;
    caller.contacts.save(contactOf(id));
    other.contacts.save(contactOf(id));
    callee.contacts.save(contactOf(caller.identity.id, true));
    await until(() => caller.post.presence.list[id] === 'online');
    expect(other.post.presence.list).toEqual({});
    callee.contacts.save(contactOf(caller.identity.id, false));
    await until(() => caller.post.presence.list[id] === undefined);
  });
});
