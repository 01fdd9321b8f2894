import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CallEnvelope } from '#shared/call/messages.ts';
import { callIdSchema, type CallId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { Mail } from '#shared/protocol/messages.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { FakeClient } from '#tests/support/main/FakeClient.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import type { Identity } from '../identity/IdentityStore.ts';
import type { PublicKey } from '../identity/keys.ts';
import { BoxOpener } from './BoxOpener.ts';
import type { UnheardCall } from './CallCourier.ts';
import { Mailroom } from './Mailroom.ts';
import { Refusals } from './Refusals.ts';
import { Sealer } from './Sealer.ts';

const day = 24 * 3_600_000;
const newCall = (): CallId => callIdSchema.parse(randomBytes(16).toString('base64url'));

async function setUp(serverAhead = 0) {
  const clock = new FakeClock();
  const [own, bob, carol] = [await makeIdentity(), await makeIdentity(), await makeIdentity()];
  const known = new Map<PeerId, Identity>([bob, carol].map((identity) => [identity.id, identity]));
  const recorded: UnheardCall[] = [];
  const refusedIds = new Set<PeerId>();
  const state = { keysAway: false, diskFull: false };
  const client = new FakeClient({ now: () => clock.now() + serverAhead });
  const refusals = new Refusals({ clock, logger: testLogger().logger });
  const mailroom = new Mailroom({
    client,
    opener: new BoxOpener({
      self: { id: own.id, publicKey: own.keys.publicKey },
      directory: {
        get: async (id): Promise<Result<PublicKey>> => {
          await Promise.resolve();
          const key = known.get(id)?.keys.publicKey;
          if (state.keysAway) {
            return fail('SIGNALING_TIMEOUT', '');
          }
          return key === undefined ? fail('PEER_UNKNOWN', '') : ok(key);
        },
      },
      sealer: new Sealer({ keys: own.keys }),
    }),
    admits: (from) => !refusedIds.has(from),
    record: (call) => {
      if (state.diskFull) {
        return fail('STORAGE_FULL', '');
      }
      recorded.push(call);
      return ok(null);
    },
    refusals,
    clock,
    logger: testLogger().logger,
  });
  let count = 0;
  const notice = (
    from: Identity,
    change: Partial<CallEnvelope> = {},
    at = clock.now() + serverAhead,
  ): Mail => {
    const envelope: CallEnvelope = {
      ...{ v: 1, from: from.id, to: own.id, callId: newCall(), seq: 1, sentAt: clock.now() },
      body: { type: 'missed', media: { video: true } },
      ...change,
    };
    const box = new Sealer({ keys: from.keys }).seal(envelope, own.keys.publicKey);
    if (!box.ok) {
      throw new Error(box.error.message);
    }
    count += 1;
    return {
      ...{
        type: 'mail',
        mail: `mail-${count}`,
        from: from.id,
        fromDevice: from.deviceId,
        box: box.value,
        at,
      },
    };
  };
  const bring = async (...mail: readonly Mail[]): Promise<void> => {
    mail.forEach((one) => client.bring(one));
    await clock.advance(1_000);
  };
  return { clock, client, own, bob, carol, recorded, refusedIds, state, refusals, mailroom, notice, bring };
}

describe('Mailroom', () => {
  it('records each notice in its order and acknowledges them together', async () => {
    const { client, bob, carol, recorded, notice, bring } = await setUp();
    await bring(notice(bob), notice(carol), notice(bob));
    expect(recorded.map(({ peer }) => peer)).toEqual([bob.id, carol.id, bob.id]);
    expect(client.acks).toEqual([['mail-1', 'mail-2', 'mail-3']]);
  });

  it.each([0, 3_600_000, -3_600_000, 40 * day])(
    'dates a notice by this computer’s clock when the server’s is %d ms ahead, and never by the sender’s',
    async (ahead) => {
      const { clock, bob, recorded, notice, bring } = await setUp(ahead);
      const now = clock.now();
      await bring(notice(bob, { sentAt: now + 3_600_000 }, now + ahead - 2 * day));
      expect(recorded[0]?.at).toBe(now - 2 * day);
    },
  );

  it('believes neither a time to come nor one before any notice could be', async () => {
    const { clock, bob, recorded, notice, bring } = await setUp();
    const now = clock.now();
    await bring(notice(bob, {}, now + day), notice(bob, {}, now - 300 * day));
    expect(recorded.map(({ at }) => at)).toEqual([now, now - 7 * day]);
  });

  it('takes a notice that is a week old', async () => {
    const { clock, bob, recorded, notice, bring } = await setUp();
    await bring(notice(bob, { sentAt: clock.now() - 7 * day }, clock.now() - 7 * day));
    expect(recorded).toHaveLength(1);
  });

  it('drops and acknowledges, with the cause, what is no notice for us', async () => {
    const { clock, client, bob, carol, own, recorded, refusals, notice, bring } = await setUp();
    const stranger = await makeIdentity();
    await bring(
      { ...notice(bob), box: 'AAAA' },
      { ...notice(bob), from: carol.id },
      notice(bob, { to: carol.id }),
      notice(bob, { body: { type: 'invite', media: { video: true } } }),
      notice(bob, { sentAt: clock.now() - 9 * day }),
      notice(stranger),
      notice(own),
    );
    expect(recorded).toEqual([]);
    expect(client.acks.flat()).toHaveLength(7);
    expect(refusals.count('unopened')).toBe(2);
    expect(refusals.count('misaddressed')).toBe(2);
    expect(refusals.count('misplaced')).toBe(1);
    expect(refusals.count('stale')).toBe(1);
    expect(refusals.count('unknownSender')).toBe(1);
  });

  it('drops what comes from somebody who may not call, without a word of it', async () => {
    const { client, bob, refusedIds, recorded, refusals, notice, bring } = await setUp();
    refusedIds.add(bob.id);
    await bring(notice(bob));
    expect([recorded, client.acks]).toEqual([[], [['mail-1']]]);
    expect(refusals.count('misaddressed')).toBe(0);
  });

  it('keeps what it cannot open for want of a key, and those behind it, until a session begins', async () => {
    const { clock, client, bob, carol, state, recorded, notice, bring } = await setUp();
    state.keysAway = true;
    const [first, second] = [notice(bob), notice(carol)];
    await bring(first, second);
    expect(client.acks).toEqual([]);
    state.keysAway = false;
    client.goOnline(true);
    await clock.advance(1_000);
    expect(recorded.map(({ peer }) => peer)).toEqual([bob.id, carol.id]);
  });

  it('leaves with the server what could not be written', async () => {
    const { clock, client, bob, state, recorded, notice, bring } = await setUp();
    state.diskFull = true;
    const mail = notice(bob);
    await bring(mail);
    expect(client.acks).toEqual([]);
    state.diskFull = false;
    client.goOnline();
    await bring(mail);
    expect(recorded).toHaveLength(1);
    await clock.advance(1_000);
    expect(client.acks).toEqual([['mail-1']]);
  });

  it('takes no more than a mailbox may hold', async () => {
    const { client, bob, state, refusals, notice, bring } = await setUp();
    state.keysAway = true;
    await bring(...Array.from({ length: 205 }, () => notice(bob)));
    expect(refusals.count('tooMany')).toBe(5);
    expect(client.acks).toEqual([]);
  });

  it('acknowledges a full mailbox in parts that fit a message', async () => {
    const { client, bob, notice, bring } = await setUp();
    await bring(...Array.from({ length: 150 }, () => notice(bob)));
    expect(client.acks.map(({ length }) => length)).toEqual([64, 64, 22]);
  });

  it('records and acknowledges nothing after it was closed', async () => {
    const { client, bob, recorded, mailroom, notice, bring } = await setUp();
    client.bring(notice(bob));
    mailroom.close();
    await bring(notice(bob));
    expect([recorded, client.acks, client.listeners]).toEqual([[], [], 0]);
  });
});
