import { test as base } from '@playwright/test';
import {
  followInstance,
  launchInstance,
  launchPair,
  removeFolder,
  type Instance,
  type InstanceOptions,
  type LaunchedPair,
} from './launchPair.ts';
import { ServerProcess } from './serverProcess.ts';
import { resting } from './people.ts';
import { together } from './setUp.ts';

interface TestFixtures {
  /** Every app of this test. */
  readonly started: Instance[];
  /** Starts an app for this test only; closed and its folder removed afterwards. */
  readonly launch: (role: string, options?: InstanceOptions) => Promise<Instance>;
  /** The app that one starts in its place when it ends by itself; closed and removed like every other. */
  readonly follow: (instance: Instance) => Promise<Instance>;
  /** A caller and a callee on `server`, for this test only. */
  readonly launchTwo: (options?: {
    readonly caller?: InstanceOptions;
    readonly callee?: InstanceOptions;
  }) => Promise<readonly [Instance, Instance]>;
  /** A signaling server for this test only. */
  readonly server: ServerProcess;
  /** Two apps that many tests share; each test leaves both on the home screen. */
  readonly pair: LaunchedPair;
}

interface WorkerFixtures {
  readonly sharedPair: LaunchedPair;
}

/** `test` with running apps. A failed test gets fresh ones, because Playwright then starts a new worker. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  sharedPair: [
    async ({ browserName: _ }, use) => {
      const pair = await launchPair();
      await use(pair);
      await pair.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  pair: async ({ sharedPair }, use) => {
    await resting([sharedPair.caller, sharedPair.callee], async () => use(sharedPair));
  },
  server: async ({ browserName: _ }, use) => {
    const server = await ServerProcess.start();
    await use(server);
    await server.stop();
  },
  started: async ({ browserName: _ }, use, info) => {
    const started: Instance[] = [];
    await use(started);
    if (info.status !== info.expectedStatus) {
      for (const { app } of started) {
        await info.attach(`output of ${app.launcher}`, { body: app.output() });
      }
    }
    await together(started.map(async ({ app }) => app.close()));
    await Promise.all(started.map(removeFolder));
  },
  launch: async ({ started }, use) => {
    await use(async (role, options) => {
      const instance = await launchInstance(role, options);
      started.push(instance);
      return instance;
    });
  },
  follow: async ({ started }, use) => {
    await use(async (instance) => {
      const next = await followInstance(instance);
      started.push(next);
      return next;
    });
  },
  launchTwo: async ({ launch, server }, use) => {
    const args = ['--server', server.url];
    await use(async ({ caller, callee } = {}) =>
      together([launch('caller', { args, ...caller }), launch('callee', { args, ...callee })]),
    );
  },
});
