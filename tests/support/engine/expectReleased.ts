import { expect } from 'vitest';
import type { TestPeer, World } from './engineWorld.ts';

/** Nothing of a call is left: no connection, no open device, no timer, no meter. */
export function expectReleased(world: World, ...peers: TestPeer[]): void {
  expect(world.rtc.open).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
  for (const { media, watched, engine } of peers) {
    expect(media.live).toEqual([]);
    expect(watched.size).toBe(0);
    expect(engine.remoteStream).toBeNull();
  }
}
