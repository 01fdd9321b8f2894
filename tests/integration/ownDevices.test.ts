import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { CallBody } from '#shared/call/messages.ts';
import { callIdSchema, deviceIdSchema, type CallId } from '#shared/identity/ids.ts';
import type { IpcEvents } from '#shared/ipc/contract.ts';
import type { CallRecord } from '#shared/people/history.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { makePeer, type TestPeer } from '#tests/support/main/makePeer.ts';
import { startServer } from '#tests/support/main/startServer.ts';
import type { Identity } from '../../src/main/services/identity/IdentityStore.ts';

const newCall = (): CallId => callIdSchema.parse(randomBytes(16).toString('base64url'));
const invite: CallBody = { type: 'invite', media: { video: true } };
const until = async (condition: () => boolean | Promise<boolean>, timeout = 10_000) =>
  vi.waitUntil(condition, { timeout, interval: 5 });

const anotherDevice = (identity: Identity): Identity => ({
  ...identity,
  deviceId: deviceIdSchema.parse(randomBytes(16).toString('base64url')),
});

async function online(...peers: readonly TestPeer[]): Promise<void> {
  for (const { client, reach } of peers) {
    client.start();
    await reach('online');
  }
}

/** Two computers of one person, who know of each other, and somebody else. */
async function setUp() {
  const { url } = await startServer();
  const identity = await makeIdentity();
  const desk = await makePeer({ url, identity, hostName: 'desk' });
  const laptop = await makePeer({ url, identity: anotherDevice(identity), hostName: 'laptop' });
  const caller = await makePeer({ url });
  await online(desk, laptop, caller);
  const devices = [desk, laptop] as const;
  await until(async () => (await Promise.all(devices.map(names))).every(({ length }) => length === 2));
  return { url, desk, laptop, caller };
}

const names = async ({ post }: TestPeer): Promise<string[]> =>
  (await post.ownDevices.list()).map(({ name }) => name);

const calls = ({ history }: TestPeer) => {
  const range = history.range({ filter: 'all', offset: 0, limit: 50 });
  return (range.ok ? range.value.entries : []).map(({ callId, end, seconds, device }) => ({
    ...{ callId, end, seconds, device },
  }));
};

const record = (peer: TestPeer, facts: Partial<CallRecord>): CallRecord => ({
  ...{ callId: newCall(), peer: peer.identity.id, direction: 'incoming', video: true, at: Date.now() },
  ...{ seconds: 0, end: 'missed', device: null },
  ...facts,
});

/** What the page's command does. */
function recordCall({ history, post }: TestPeer, call: CallRecord): void {
  expect(history.record(call)).toMatchObject({ ok: true });
  post.ownDevices.recorded(call);
}

describe('the devices of one identity', () => {
  it('know each other’s names, and which is which', async () => {
    const { desk, laptop } = await setUp();
    expect(await names(desk)).toEqual(['desk', 'laptop']);
    expect(await names(laptop)).toEqual(['laptop', 'desk']);
    const list = await laptop.post.ownDevices.list();
    expect(list.map(({ self, connected, platform }) => ({ self, connected, platform }))).toEqual([
      { self: true, connected: true, platform: 'linux' },
      { self: false, connected: true, platform: 'linux' },
    ]);
  });

  it.each([
    [{ type: 'accept', media: { video: true } }, 'answered'],
    [{ type: 'decline', reason: 'user' }, 'declined'],
  ] as const)('hear within a second that a call was taken with %j', async (body, how) => {
    const { desk, laptop, caller } = await setUp();
    const taken: IpcEvents['callTaken'][] = [];
    laptop.post.ownDevices.on('taken', (call) => taken.push(call));
    const callId = newCall();
    const { id: to } = desk.identity;
    await caller.post.sendCall({ to, callId, body: invite });
    await until(() => [desk, laptop].every(({ received }) => received.length === 1));
    void desk.post.sendCall({ to: caller.identity.id, callId, body });
    await until(() => taken.length > 0, 1_000);
    expect(taken).toEqual([{ callId, device: desk.identity.deviceId, how }]);
  });

  it('agree on a call that both saw, whoever tells first', async () => {
    const { desk, laptop, caller } = await setUp();
    const callId = newCall();
    const answered = { callId, end: 'peerHungUp', seconds: 7, device: desk.identity.deviceId } as const;
    recordCall(laptop, record(caller, { callId, end: 'answeredElsewhere', device: desk.identity.deviceId }));
    recordCall(desk, record(caller, answered));
    await until(() => [desk, laptop].every((device) => calls(device)[0]?.seconds === 7));
    expect([calls(desk), calls(laptop)]).toEqual([[answered], [answered]]);
  });

  it('agree on what happened while one was away, in both directions', async () => {
    const { url, desk, laptop, caller } = await setUp();
    await laptop.close();
    recordCall(desk, record(caller, { end: 'hungUp', seconds: 3, device: desk.identity.deviceId }));
    const { identity, folder } = laptop;
    const back = await makePeer({ url, identity, folder, hostName: 'laptop' });
    const alone = record(caller, {
      ...{ at: Date.now() - 3_600_000, end: 'declinedByMe', device: back.identity.deviceId },
    });
    recordCall(back, alone);
    await online(back);
    await until(() => [desk, back].every((device) => calls(device).length === 2));
    expect(calls(desk)).toEqual(calls(back));
  });

  it('can be given a name by each other, at once or when they are back', async () => {
    const { url, desk, laptop } = await setUp();
    await desk.post.ownDevices.rename(laptop.identity.deviceId, 'on the move');
    await until(() => laptop.settings.value.deviceName === 'on the move');
    await until(async () => (await names(desk))[1] === 'on the move');
    await laptop.close();
    await desk.post.ownDevices.rename(laptop.identity.deviceId, 'sofa');
    const back = await makePeer({ url, ...laptop });
    await online(back);
    await until(() => back.settings.value.deviceName === 'sofa');
    await until(async () => (await names(desk))[1] === 'sofa');
  });

  it('can sign each other out, for good', async () => {
    const { url, desk, laptop } = await setUp();
    expect(await desk.post.ownDevices.signOut(laptop.identity.deviceId)).toMatchObject({ ok: true });
    const signedOut = { phase: 'offline', reason: 'SIGNALING_SIGNED_OUT', retryAt: null };
    expect(await laptop.reach('offline')).toMatchObject(signedOut);
    expect(await names(desk)).toEqual(['desk']);

    laptop.client.retry();
    expect(laptop.client.state).toMatchObject(signedOut);
    await laptop.close();
    const { identity, folder } = laptop;
    const restarted = await makePeer({ url, identity, folder });
    restarted.client.start();
    expect(restarted.client.state).toMatchObject(signedOut);

    // The server alone keeps it out as well.
    const forgetful = await makePeer({ url, identity });
    forgetful.client.start();
    expect(await forgetful.reach('offline')).toMatchObject(signedOut);

    const restored = await makePeer({ url, identity: anotherDevice(identity), folder });
    await online(restored);
  });

  it('do not believe somebody else who claims to be one of them', async () => {
    const { desk, laptop, caller } = await setUp();
    const sealed = caller.sealer.seal(
      {
        ...{ v: 1, kind: 'device', from: caller.identity.id, to: desk.identity.id },
        ...{ device: laptop.identity.deviceId, seq: Date.now() * 2, sentAt: Date.now() },
        body: { type: 'rename', device: desk.identity.deviceId, name: 'stolen' },
      },
      desk.identity.keys.publicKey,
    );
    const box = sealed.ok ? sealed.value : '';
    await caller.client.requests.send({ to: desk.identity.id, box, ttl: 10 }, 5_000);
    await until(() => desk.refusals('misaddressed') === 1);
    expect(desk.settings.value.deviceName).toBe('');
  });
});
