import { describe, expect, it } from 'vitest';
import type { CallIceServers } from '#shared/ipc/contract.ts';
import { ok, type Result } from '#shared/result.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { createWorld, peerA, peerB } from '#tests/support/engine/engineWorld.ts';
import { expectReleased } from '#tests/support/engine/expectReleased.ts';
import { callTimes } from './callSteps.ts';

/** A side that is away while the other one goes on, and what it finds when it is back. */

describe('a callee whose computer sleeps in a call', () => {
  /** The caller has given up meanwhile, and its word of that is kept for nobody. */
  async function asleep(ms: number) {
    const world = createWorld();
    const own = new FakeClock();
    const caller = world.peer(peerA);
    const callee = world.peer(peerB, { clock: own });
    caller.engine.dial(peerB, { video: true });
    await world.clock.flush();
    callee.engine.accept({ video: true });
    await world.clock.flush();
    callee.port.online = false;
    caller.port.stores = true;
    world.rtc.connections[0]?.setState('disconnected');
    world.rtc.up = false;
    await world.clock.advance(ms);
    own.jumpWall(ms);
    const wake = async (): Promise<void> => {
      world.rtc.up = true;
      callee.port.setOnline(true);
      callee.networkChanges();
      await own.advance(callTimes.networkSettle);
    };
    return { world, own, caller, callee, wake };
  }

  it('for 20 s goes on with it', async () => {
    const { world, caller, callee, wake } = await asleep(20_000);
    await wake();
    await world.clock.advance(callTimes.restartAgain);
    expect([caller.engine.call?.phase, callee.engine.call?.phase]).toEqual(['connected', 'connected']);
  });

  it('for ten minutes learns at once that the caller has given up', async () => {
    const { world, own, caller, callee, wake } = await asleep(600_000);
    expect(caller.reason()).toBe('connectionLost');
    await wake();
    expect(callee.reason()).toBe('connectionLost');
    expectReleased(world, caller, callee);
    expect(own.pendingTimers).toBe(0);
  });
});

describe('a network that changes right after the answer', () => {
  it('is no reason for a restart while nothing has been sought', async () => {
    const world = createWorld({ fastAnswer: 'never' });
    const caller = world.peer(peerA);
    const asked = Promise.withResolvers<Result<CallIceServers>>();
    const callee = world.peer(peerB, { iceServers: { get: async () => asked.promise } });
    caller.engine.dial(peerB, { video: true });
    await world.clock.flush();
    callee.engine.accept({ video: true });
    callee.networkChanges();
    await world.clock.advance(callTimes.networkSettle);
    asked.resolve(ok({ servers: [], expiresAt: null, relays: 0 }));
    await world.clock.flush();
    expect(callee.port.sentTypes).not.toContain('restart');
    expect([caller.engine.call?.phase, callee.engine.call?.phase]).toEqual(['connected', 'connected']);
  });
});
