import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createWorld, peerA, peerB, type TestPeer } from '#tests/support/engine/engineWorld.ts';

const openCallId = (peer: TestPeer) =>
  peer.engine.call?.phase === 'connected' ? peer.engine.call.callId : peer.engine.call?.phase;

it('both dialling becomes one connected call in every order of dialling and delivery', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { minLength: 40, maxLength: 40 }),
      fc.boolean(),
      async (choices, slowCamera) => {
        const world = createWorld();
        const a = world.peer(peerA);
        const b = world.peer(peerB);
        await world.clock.flush();
        world.signaling.held = true;
        a.media.held = slowCamera;
        const dials = [
          () => a.engine.dial(peerB, { video: true }),
          () => b.engine.dial(peerA, { video: true }),
          () => a.media.release(),
        ];
        for (const choice of choices) {
          const { lanes } = world.signaling;
          const lane = lanes[choice % Math.max(1, lanes.length)];
          if (choice < 2 && dials.length > 0) {
            dials.splice(choice % dials.length, 1)[0]?.();
          } else if (lane !== undefined) {
            world.signaling.deliver(lane);
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
        for (const dial of dials) {
          dial();
        }
        world.signaling.held = false;
        await world.clock.flush();
        for (let [lane] = world.signaling.lanes; lane !== undefined; [lane] = world.signaling.lanes) {
          world.signaling.deliver(lane);
          await world.clock.flush();
        }
        await world.clock.flush();
        expect(openCallId(a)).toMatch(/^call-/);
        expect(openCallId(a)).toBe(openCallId(b));
        expect(world.rtc.open).toBe(2);
        a.engine.close();
        b.engine.close();
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);
