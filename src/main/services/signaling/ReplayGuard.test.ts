import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CallBody, CallEnvelope } from '#shared/call/messages.ts';
import { callIdSchema, deviceIdSchema, type CallId } from '#shared/identity/ids.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { ReplayGuard, sentAtToleranceMs } from './ReplayGuard.ts';
import { SeenInvites } from './SeenInvites.ts';

const random = () => randomBytes(16).toString('base64url');
const newCall = (): CallId => callIdSchema.parse(random());
const invite: CallBody = { type: 'invite', media: { video: true } };
const ringing: CallBody = { type: 'ringing' };

async function setUp(options: { readonly limit?: number } = {}) {
  const clock = new FakeClock();
  const path = join(await tempFolder(), 'seen-invites.json');
  const [alice, bob] = [await makeIdentity(), await makeIdentity()];
  const start = async () => {
    const invites = new SeenInvites({
      path,
      now: () => clock.now(),
      logger: testLogger().logger,
      ...options,
    });
    const notice = await invites.load();
    return { invites, notice, guard: new ReplayGuard({ invites, now: () => clock.now() }) };
  };
  const message = (
    seq: number,
    body: CallBody = ringing,
    change: { callId?: CallId; sentAt?: number; mark?: string; from?: CallEnvelope['from'] } = {},
  ) => ({
    envelope: {
      v: 1,
      from: change.from ?? alice.id,
      to: bob.id,
      callId: change.callId ?? callId,
      seq,
      sentAt: change.sentAt ?? clock.now(),
      body,
    } satisfies CallEnvelope,
    fromDevice: alice.deviceId,
    mark: change.mark ?? random(),
  });
  const callId = newCall();
  return { clock, path, start, message, alice, bob };
}

describe('ReplayGuard', () => {
  it('takes messages whose counter goes up, with gaps', async () => {
    const { start, message } = await setUp();
    const { guard } = await start();
    expect([1, 2, 5, 6].map((seq) => guard.check(message(seq)))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([5, 4, 1])('refuses counter %i after 5', async (seq) => {
    const { start, message } = await setUp();
    const { guard } = await start();
    guard.check(message(5));
    expect(guard.check(message(seq))).toBe('replayed');
  });

  it('counts each call and each device of the sender by itself', async () => {
    const { start, message, bob } = await setUp();
    const { guard } = await start();
    guard.check(message(5));
    expect(guard.check(message(1, ringing, { callId: newCall() }))).toBeUndefined();
    expect(guard.check({ ...message(1), fromDevice: bob.deviceId })).toBeUndefined();
  });

  it('refuses the same box again, also under the name of another device', async () => {
    const { start, message } = await setUp();
    const { guard } = await start();
    const first = message(1);
    guard.check(first);
    expect(guard.check(first)).toBe('duplicate');
    expect(guard.check({ ...first, fromDevice: deviceIdSchema.parse(random()) })).toBe('duplicate');
  });

  it.each([-sentAtToleranceMs - 1, sentAtToleranceMs + 1])(
    'refuses a message made %i ms away',
    async (ms) => {
      const { clock, start, message } = await setUp();
      const { guard } = await start();
      expect(guard.check(message(1, ringing, { sentAt: clock.now() + ms }))).toBe('stale');
    },
  );

  it('does not let an invite ring again after a restart', async () => {
    const { start, message } = await setUp();
    const before = await start();
    const old = message(1, invite);
    expect(before.guard.check(old)).toBeUndefined();
    await before.invites.settled();
    const { guard } = await start();
    expect(guard.check(old)).toBe('stale');
  });

  it('refuses by its age alone once the invite is forgotten', async () => {
    const { clock, start, message } = await setUp();
    const before = await start();
    const old = message(1, invite);
    before.guard.check(old);
    await before.invites.settled();
    await clock.advance(sentAtToleranceMs + 1);
    const { guard, invites } = await start();
    expect(invites.has(old.envelope.from, old.envelope.callId)).toBe(false);
    expect(guard.check(old)).toBe('stale');
  });

  it('remembers an invite from a clock that is ahead for as long as it would be taken', async () => {
    const { clock, start, message } = await setUp();
    const before = await start();
    const ahead = message(1, invite, { sentAt: clock.now() + sentAtToleranceMs });
    expect(before.guard.check(ahead)).toBeUndefined();
    await before.invites.settled();
    await clock.advance(2 * sentAtToleranceMs);
    const { guard } = await start();
    expect(guard.check(ahead)).toBe('stale');
  });

  it('lets a flood of invites push out only the invites of the flooder', async () => {
    const { start, message, bob } = await setUp({ limit: 10 });
    const before = await start();
    const honest = message(1, invite);
    before.guard.check(honest);
    for (let count = 0; count < 50; count++) {
      before.guard.check(message(1, invite, { from: bob.id, callId: newCall() }));
    }
    await before.invites.settled();
    expect((await start()).guard.check(honest)).toBe('stale');
  });

  it('starts with a notice when the list is broken', async () => {
    const { path, start } = await setUp();
    await writeFile(path, '{}');
    expect((await start()).notice).toMatchObject({ code: 'STORAGE_BROKEN' });
  });
});
