import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CallBody, CallEnvelope } from '#shared/call/messages.ts';
import { callIdSchema, type CallId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { ReceivedCallMessage } from '#shared/ipc/contract.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { FakeClient } from '#tests/support/main/FakeClient.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import type { Identity } from '../identity/IdentityStore.ts';
import { toBase64url } from '../identity/keys.ts';
import { BoxOpener } from './BoxOpener.ts';
import { CallCourier, type UnheardCall } from './CallCourier.ts';
import { Inbox } from './Inbox.ts';
import { IncomingLimits } from './IncomingLimits.ts';
import { KeyDirectory } from './KeyDirectory.ts';
import { Outbox } from './Outbox.ts';
import { Refusals, type RefusalCause } from './Refusals.ts';
import { ReplayGuard } from './ReplayGuard.ts';
import { Sealer } from './Sealer.ts';

const newCall = (): CallId => callIdSchema.parse(randomBytes(16).toString('base64url'));
const invite: CallBody = { type: 'invite', media: { video: true } };
const accept: CallBody = { type: 'accept', media: { video: true } };
const ringing: CallBody = { type: 'ringing' };

const people = async (count: number): Promise<Identity[]> =>
  Promise.all(Array.from({ length: count }, makeIdentity));

async function setUp() {
  const clock = new FakeClock();
  const [own, bob] = [await makeIdentity(), await makeIdentity()];
  const known = new Map<PeerId, Identity>([[bob.id, bob]]);
  const refusedIds = new Set<PeerId>();
  const contacts = new Set<PeerId>();
  const asked: PeerId[] = [];
  const boxes: string[] = [];
  const notices: string[] = [];
  const received: ReceivedCallMessage[] = [];
  const unheard: UnheardCall[] = [];
  let failing = false;
  let mailboxFull = false;
  const client = new FakeClient({ now: () => clock.now() });
  const refusals = new Refusals({ clock, logger: testLogger().logger });
  const start = (): CallCourier => {
    const { logger } = testLogger();
    const self = { id: own.id, publicKey: own.keys.publicKey };
    const directory = new KeyDirectory({
      request: async (id): Promise<Result<string | null>> => {
        asked.push(id);
        if (failing) {
          throw new Error('no key today');
        }
        const identity = known.get(id);
        return Promise.resolve(ok(identity === undefined ? null : toBase64url(identity.keys.publicKey)));
      },
      logger,
    });
    const sealer = new Sealer({ keys: own.keys });
    const limits = new IncomingLimits({ now: () => clock.monotonic(), knows: () => false });
    const opener = new BoxOpener({ self, directory, sealer });
    const courier = new CallCourier({
      self: own.id,
      client,
      requests: {
        send: async ({ box }) => {
          boxes.push(box);
          return Promise.resolve(ok({ devices: [], stored: false }));
        },
        putMail: async ({ box }) => {
          notices.push(box);
          return Promise.resolve(mailboxFull ? fail('SIGNALING_MAILBOX_FULL', '') : ok(null));
        },
      },
      inbox: new Inbox({ self: own.id, client, opener, directory, limits, refusals, logger }),
      outbox: new Outbox({ self, directory, sealer, clock }),
      limits,
      guard: new ReplayGuard({
        invites: { has: () => false, add: () => undefined },
        now: () => clock.now(),
      }),
      admits: (from) => !refusedIds.has(from),
      isContact: (from) => contacts.has(from),
      refusals,
      clock,
      logger,
    });
    courier.on('message', (message) => received.push(message));
    courier.on('tooOften', (call) => unheard.push(call));
    return courier;
  };
  const courier = start();
  /** A sealed message of one call after another. */
  const deliver = async (from: Identity, body: CallBody, callId = newCall()): Promise<void> => {
    known.set(from.id, from);
    const { id: to, keys } = own;
    const envelope: CallEnvelope = {
      ...{ v: 1, from: from.id, to, callId, seq: 1, sentAt: clock.now(), body },
    };
    const sealed = new Sealer({ keys: from.keys }).seal(envelope, keys.publicKey);
    if (!sealed.ok) {
      throw new Error(sealed.error.message);
    }
    deliverBox(from, sealed.value);
    await clock.flush();
  };
  const deliverBox = (from: Identity, box: string): void =>
    client.deliver({
      ...{ type: 'deliver', from: from.id, fromDevice: from.deviceId, box, at: clock.now(), seq: 1 },
    });
  const send = async (body: CallBody, callId = newCall(), from = courier) =>
    from.send({ to: bob.id, callId, body });
  const counters = (): number[] =>
    boxes.map((box) => {
      const opened = new Sealer({ keys: bob.keys }).open(box, own.keys.publicKey);
      return opened.ok ? opened.value.seq : 0;
    });
  /** What is in the notices that were left for bob. */
  const left = (): CallBody[] =>
    notices.flatMap((box) => {
      const opened = new Sealer({ keys: bob.keys }).open(box, own.keys.publicKey);
      return opened.ok && !('kind' in opened.value) ? [opened.value.body] : [];
    });
  const fillMailbox = (): void => {
    mailboxFull = true;
  };
  const fails = (value: boolean): void => {
    failing = value;
  };
  return {
    clock,
    start,
    courier,
    bob,
    asked,
    received,
    deliver,
    deliverBox,
    send,
    counters,
    fails,
    known,
    boxes,
    own,
    refusedIds,
    unheard,
    left,
    fillMailbox,
    refusals: (cause: RefusalCause) => refusals.count(cause),
  };
}

const goesUp = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));

describe('the counter of CallCourier', () => {
  it('goes on for a call, however many others came between', { timeout: 60_000 }, async () => {
    const { send, counters } = await setUp();
    const callId = newCall();
    await send(ringing, callId);
    await Promise.all(Array.from({ length: 1_000 }, async () => send(ringing)));
    await send(ringing, callId);
    expect(counters()).toHaveLength(1_002);
    expect(goesUp(counters())).toBe(true);
  });

  it('goes on after a restart, and when the clock is set back', async () => {
    const { clock, start, send, counters } = await setUp();
    const callId = newCall();
    await send(ringing, callId);
    clock.jumpWall(-3_600_000);
    await send(ringing, callId);
    clock.jumpWall(3_600_000);
    await clock.advance(1_000);
    await send(ringing, callId, start());
    expect(goesUp(counters())).toBe(true);
  });
});

describe('the last word of a call', () => {
  it('is said again while it reaches nobody, and not for ever', async () => {
    const { start, clock, boxes, bob } = await setUp();
    const courier = start();
    await courier.send({ to: bob.id, callId: newCall(), body: { type: 'bye', reason: 'hungUp' } });
    expect(boxes).toHaveLength(1);
    await clock.advance(1_000);
    expect(boxes).toHaveLength(2);
    await clock.advance(10 * 60_000);
    expect(boxes.length).toBeLessThan(10);
  });

  it('is not said again by a courier that was closed', async () => {
    const { start, clock, boxes, bob } = await setUp();
    const courier = start();
    await courier.send({ to: bob.id, callId: newCall(), body: { type: 'cancel' } });
    courier.close();
    await clock.advance(60_000);
    expect(boxes).toHaveLength(1);
  });

  it('is the only one: whatever else reached nobody is not repeated', async () => {
    const { start, clock, boxes, bob } = await setUp();
    await start().send({ to: bob.id, callId: newCall(), body: invite });
    await clock.advance(60_000);
    expect(boxes).toHaveLength(1);
  });
});

describe('CallCourier and what goes wrong', () => {
  it('sends on after a message that broke on the way out', async () => {
    const { send, fails, counters } = await setUp();
    fails(true);
    const broken = send(ringing);
    const behind = send(ringing);
    await expect(broken).rejects.toThrow('no key today');
    await expect(behind).rejects.toThrow('no key today');
    fails(false);
    expect(await send(ringing)).toMatchObject({ ok: true });
    expect(counters()).toHaveLength(1);
  });
});

describe('CallCourier and a crowd of strangers', () => {
  it('asks for the keys of few of them at once, and of more as time passes', async () => {
    const { clock, refusals, asked, deliverBox } = await setUp();
    const crowd = await people(40);
    const junk = async (): Promise<void> => {
      crowd.forEach((stranger) => deliverBox(stranger, 'AAAA'));
      await clock.flush();
    };
    await junk();
    expect(asked).toHaveLength(20);
    expect(refusals('crowded')).toBe(20);
    await clock.advance(1_000);
    await junk();
    expect(asked).toHaveLength(25);
  });

  it('rings for few of them at once', async () => {
    const { clock, refusals, received, deliver } = await setUp();
    for (const stranger of await people(40)) {
      await deliver(stranger, invite);
      await clock.advance(200);
    }
    expect(received.length).toBeGreaterThanOrEqual(30);
    expect(received.length + refusals('tooOften')).toBe(40);
    expect(refusals('tooOften')).toBeGreaterThan(0);
  });

  it('rings for, and hears the answer of, whom the person called all the same', async () => {
    const { clock, received, bob, deliver, send } = await setUp();
    await send(invite);
    for (const stranger of await people(40)) {
      await deliver(stranger, invite);
      await clock.advance(200);
    }
    received.length = 0;
    await deliver(bob, accept);
    await deliver(bob, invite);
    expect(received.map(({ body }) => body.type)).toEqual(['accept', 'invite']);
  });
});

describe('CallCourier and one sender who does not stop', () => {
  it.each([invite, accept])('passes on five of %j at once and one every two seconds', async (body) => {
    const { clock, refusals, received, bob, deliver } = await setUp();
    for (let count = 0; count < 20; count++) {
      await deliver(bob, body);
    }
    expect(received).toHaveLength(5);
    expect(refusals('tooOften')).toBe(15);
    await clock.advance(2_000);
    await deliver(bob, body);
    await deliver(bob, body);
    expect(received).toHaveLength(6);
  });

  it('does not spend the others’ share', async () => {
    const { received, bob, deliver } = await setUp();
    for (let count = 0; count < 200; count++) {
      await deliver(bob, invite);
    }
    const [carol] = await people(1);
    if (carol === undefined) {
      throw new Error('nobody');
    }
    await deliver(carol, invite);
    expect(received.at(-1)?.from).toBe(carol.id);
  });

  it('passes on whatever needs no answer', async () => {
    const { received, bob, deliver } = await setUp();
    for (let count = 0; count < 50; count++) {
      await deliver(bob, { type: 'cancel' });
    }
    expect(received).toHaveLength(50);
  });
});

describe('CallCourier and who may not call', () => {
  it('passes nothing of theirs on, answers nothing, and keeps no word of it', async () => {
    const { received, refusedIds, refusals, unheard, boxes, bob, deliver } = await setUp();
    refusedIds.add(bob.id);
    for (let count = 0; count < 20; count++) {
      await deliver(bob, invite);
    }
    expect([received, unheard, boxes]).toEqual([[], [], []]);
    expect(refusals('tooOften')).toBe(0);
  });

  it('tells of calls that come too often, once each, without letting them ring', async () => {
    const { clock, received, unheard, bob, deliver } = await setUp();
    const calls = Array.from({ length: 8 }, newCall);
    for (const callId of calls) {
      await deliver(bob, invite, callId);
    }
    expect(received.map(({ callId }) => callId)).toEqual(calls.slice(0, 5));
    expect(unheard).toEqual(
      calls.slice(5).map((callId) => ({ callId, peer: bob.id, video: true, at: clock.now() })),
    );
  });
});

describe('a notice', () => {
  it('is left sealed in the mailbox', async () => {
    const { courier, bob, left, boxes } = await setUp();
    expect(await courier.leaveNotice({ to: bob.id, callId: newCall(), video: false })).toBe(true);
    expect(left()).toEqual([{ type: 'missed', media: { video: false } }]);
    expect(boxes).toEqual([]);
  });

  it('is not left where there is no room, nor with oneself', async () => {
    const { courier, own, bob, fillMailbox } = await setUp();
    expect(await courier.leaveNotice({ to: own.id, callId: newCall(), video: true })).toBe(false);
    fillMailbox();
    expect(await courier.leaveNotice({ to: bob.id, callId: newCall(), video: true })).toBe(false);
  });

  it('counts only when it comes out of the mailbox', async () => {
    const { received, refusals, bob, deliver } = await setUp();
    await deliver(bob, { type: 'missed', media: { video: true } });
    expect(received).toEqual([]);
    expect(refusals('misplaced')).toBe(1);
  });
});
