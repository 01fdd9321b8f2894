import { expect, it } from 'vitest';
import type { CallIceServers } from '#shared/ipc/contract.ts';
import { ok, type Result } from '#shared/result.ts';
import { relay } from '#tests/support/engine/engineWorld.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { CallRoutes } from './CallRoutes.ts';

it('asks once for what two restarts wait for after the credentials have ended', async () => {
  const clock = new FakeClock();
  const answers: ((answer: Result<CallIceServers>) => void)[] = [];
  let renewed = 0;
  const routes = new CallRoutes({
    port: { get: async () => new Promise((resolve) => answers.push(resolve)) },
    relayOnly: false,
    clock,
    logger: testLogger().logger,
    onRenewed: () => (renewed += 1),
  });
  const answer = async (username: string) => {
    answers.at(-1)?.(ok({ servers: [{ ...relay, username }], expiresAt: clock.now() + 600_000, relays: 1 }));
    await clock.flush();
  };
  await answer('first');
  clock.jumpWall(700_000);
  const seen: (string | undefined)[] = [];
  for (let restart = 0; restart < 2; restart++) {
    void routes.fresh().then(() => seen.push(routes.configuration(false).iceServers?.[0]?.username));
  }
  await clock.flush();
  expect([answers.length, seen]).toEqual([2, []]);
  await answer('second');
  expect([answers.length, renewed, seen]).toEqual([2, 1, ['second', 'second']]);
  routes.close();
});
