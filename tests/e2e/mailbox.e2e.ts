import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { test as base } from '#tests/support/e2e/fixtures.ts';
import type { Instance } from '#tests/support/e2e/launchPair.ts';
import { launchHousehold, ownNames } from '#tests/support/e2e/ownDevices.ts';
import { lookingElsewhere } from '#tests/support/e2e/pageScripts.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { expectNewestCall } from '#tests/support/e2e/people.ts';
import { ServerProcess } from '#tests/support/e2e/serverProcess.ts';
import { RedisServer } from '#tests/support/redisServer.ts';

type Keeper = 'on the disk' | 'in Redis';

const test = base.extend<{
  /** A server whose mailbox outlives it. */
  readonly startServer: (keeper: Keeper) => Promise<ServerProcess>;
}>({
  startServer: async ({ browserName: _ }, use) => {
    const ends: (() => Promise<unknown>)[] = [];
    await use(async (keeper) => {
      const server = await ServerProcess.start(await mailboxArgs(keeper, ends));
      ends.push(async () => server.stop());
      return server;
    });
    for (const end of ends.reverse()) {
      await end();
    }
  },
});

async function mailboxArgs(keeper: Keeper, ends: (() => Promise<unknown>)[]): Promise<readonly string[]> {
  if (keeper === 'in Redis') {
    const redis = await RedisServer.start();
    ends.push(async () => redis.stop());
    return ['--redis', redis.url];
  }
  const folder = await mkdtemp(join(tmpdir(), 'peerline-server-'));
  ends.push(async () => rm(folder, { recursive: true, force: true }));
  return ['--data', folder];
}

// Up to five starts of the app in one test take longer than a call.
test.describe.configure({ timeout: 300_000 });

/** Calls somebody whose app is closed. */
async function callInVain({ window }: Instance, id: string): Promise<void> {
  await window.dial(id);
  await window.expectEnded('offline');
  await expect(window.element('end-notice')).toHaveAttribute('data-notice', 'left');
  await window.close();
}

/** The list has nothing but missed calls of `id` in one row, which is new and counted. */
async function expectOneMissed({ window, app }: Instance, id: string, says: RegExp): Promise<void> {
  await expectNewestCall(window, { id, end: 'missed', says });
  await expect(window.element('history-row')).toHaveCount(1);
  await expect(window.element('missed-badge')).toHaveText('1');
  await expect.poll(async () => (await app.attention()).badge).toBe(1);
}

/** A call that rings comes after everything that waited at the server; afterwards it is the newest row. */
async function letRing({ window: caller }: Instance, id: string, callees: readonly PeerWindow[]) {
  await caller.dial(id);
  await Promise.all(callees.map(async (callee) => callee.expectRinging()));
  await callees[0]?.answer('decline');
  await caller.expectEnded('declined');
  await caller.close();
  for (const callee of callees) {
    await callee.close();
  }
}

test.describe('a call to somebody whose app is closed', () => {
  for (const keeper of ['on the disk', 'in Redis'] as const) {
    test(`leaves word, which waits ${keeper} while the server is killed, and is shown once`, async ({
      launch,
      startServer,
    }) => {
      const server = await startServer(keeper);
      const args = ['--server', server.url];
      const [caller, before] = await Promise.all([launch('caller', { args }), launch('callee', { args })]);
      await Promise.all([caller.window.ready(), before.window.ready()]);
      const [callerId, calleeId] = [await caller.window.id(), await before.window.id()];
      await before.app.close();
      await callInVain(caller, calleeId);

      await server.kill();
      await server.start();
      const away = { args, folder: before.folder, pageScript: lookingElsewhere };
      const first = await launch('callee', away);
      await first.window.ready();
      await expectOneMissed(first, callerId, /, new, Video, Missed,/);
      await first.app.close();

      const second = await launch('callee', away);
      // Its next attempt may be planned for later.
      await caller.app.emitPower('resume');
      await Promise.all([caller.window.ready(), second.window.ready()]);
      await expectOneMissed(second, callerId, /, new, Video, Missed,/);
      await letRing(caller, calleeId, [second.window]);
      await expectNewestCall(second.window, { id: callerId, end: 'declinedByMe', says: /Declined/ });
      await expect(second.window.element('history-row')).toHaveCount(2);
      await expect(second.window.element('missed-badge')).toHaveText('1');
    });
  }

  test('and again is one row, with how often', async ({ launch, startServer }) => {
    const server = await startServer('on the disk');
    const args = ['--server', server.url];
    const [caller, before] = await Promise.all([launch('caller', { args }), launch('callee', { args })]);
    await Promise.all([caller.window.ready(), before.window.ready()]);
    const [callerId, calleeId] = [await caller.window.id(), await before.window.id()];
    await before.app.close();
    await callInVain(caller, calleeId);
    await callInVain(caller, calleeId);

    const callee = await launch('callee', { args, folder: before.folder, pageScript: lookingElsewhere });
    await callee.window.ready();
    await expectOneMissed(callee, callerId, /, new, Video, Missed, 2 times,/);
  });

  test('is in the list of both computers of the callee, once, when they start at the same moment', async ({
    launch,
    startServer,
  }) => {
    const server = await startServer('on the disk');
    const household = await launchHousehold(server.url, launch);
    const { caller, calleeId } = household;
    const callerId = await caller.window.id();
    await Promise.all([household.first.app.close(), household.second.app.close()]);
    await callInVain(caller, calleeId);

    const both = await Promise.all(
      [household.first, household.second].map(async ({ folder }) =>
        launch('callee', { args: ['--server', server.url], folder, pageScript: lookingElsewhere }),
      ),
    );
    for (const instance of both) {
      await instance.window.ready();
      await expectOneMissed(instance, callerId, /, new, Video, Missed,/);
    }
    const windows = both.map(({ window }) => window);
    await letRing(caller, calleeId, windows);
    for (const window of windows) {
      await expectNewestCall(window, {
        id: callerId,
        end: 'declinedByMe',
        says: window === windows[0] ? /, Declined,/ : new RegExp(`Declined on ${ownNames.first}`),
      });
      await expect(window.element('history-row')).toHaveCount(2);
    }
  });
});
