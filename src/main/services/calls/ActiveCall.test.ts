import { describe, expect, it } from 'vitest';
import type { CallBody } from '#shared/call/messages.ts';
import { callIdSchema } from '#shared/identity/ids.ts';
import { ok } from '#shared/result.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { ActiveCall } from './ActiveCall.ts';

const callId = callIdSchema.parse('C'.repeat(22));

async function setUp() {
  const { id: peer, deviceId: device } = await makeIdentity();
  const said: { to: string; device?: string | undefined; body: CallBody }[] = [];
  const stages: (string | null)[] = [];
  const call = new ActiveCall({
    send: async ({ to, device: at, body }) => {
      said.push({ to, device: at, body });
      return Promise.resolve(ok(null));
    },
    onChanged: (now) => stages.push(now?.stage ?? null),
    logger: testLogger().logger,
  });
  return { peer, device, said, stages, call };
}

describe('ActiveCall', () => {
  it.each([
    ['outgoing', 'crashed', { type: 'cancel' }],
    ['outgoing', 'quit', { type: 'cancel' }],
    ['incoming', 'crashed', { type: 'decline', reason: 'noDevice' }],
    ['incoming', 'quit', { type: 'decline', reason: 'user' }],
    ['accepted', 'crashed', { type: 'bye', reason: 'left' }],
    ['accepted', 'quit', { type: 'bye', reason: 'left' }],
  ] as const)('in an %s call whose page %s it says %j', async (stage, cause, body) => {
    const { peer, device, said, call } = await setUp();
    call.report({ callId, peer, device, stage });
    await call.end(cause);
    expect(said).toEqual([{ to: peer, device, body }]);
  });

  it('says it once', async () => {
    const { peer, said, call } = await setUp();
    call.report({ callId, peer, stage: 'accepted' });
    await Promise.all([call.end('crashed'), call.end('quit')]);
    expect(said).toHaveLength(1);
    expect(call.present).toBe(false);
  });

  it('tells how far the call is, also when it ends it itself', async () => {
    const { peer, stages, call } = await setUp();
    call.report({ callId, peer, stage: 'outgoing' });
    call.report({ callId, peer, stage: 'accepted' });
    await call.end('crashed');
    expect(stages).toEqual(['outgoing', 'accepted', null]);
  });

  it('says nothing without a call, or after it', async () => {
    const { peer, said, call } = await setUp();
    await call.end('quit');
    call.report({ callId, peer, stage: 'accepted' });
    call.report(null);
    await call.end('quit');
    expect(said).toEqual([]);
  });
});
