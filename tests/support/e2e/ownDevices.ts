import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { PeerId } from '#shared/identity/peerId.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { IdentityStore } from '../../../src/main/services/identity/IdentityStore.ts';
import { profilePaths } from '../../../src/main/services/profilePaths.ts';
import { HeldLine } from './HeldLine.ts';
import { endInstance, launchInstance, type Instance, type InstanceOptions } from './launchPair.ts';
import { openPage } from './people.ts';
import { notePhases } from './phaseLog.ts';
import { ServerProcess } from './serverProcess.ts';
import { setUp, together } from './setUp.ts';

/** A file mode protects the key: the app puts it into a keychain, where there is one, when it starts. */
const noKeychain = {
  protects: false,
  encrypt: async () => Promise.reject(new Error('no keychain')),
  decrypt: async () => Promise.reject(new Error('no keychain')),
};

/** Folders of computers with these names that hold one new identity, each under a device id of its own. */
async function makeOwnFolders(
  names: readonly string[],
): Promise<{ readonly id: PeerId; readonly folders: readonly string[] }> {
  const folders = await Promise.all(
    names.map(async (name) => {
      const folder = await mkdtemp(join(tmpdir(), `peerline-${name}-`));
      await writeFile(profilePaths(folder, undefined).settings, JSON.stringify({ deviceName: name }));
      return folder;
    }),
  );
  const [path = '', ...others] = folders.map((folder) => profilePaths(folder, undefined).identity);
  const made = await new IdentityStore({ path, cipher: noKeychain, logger: testLogger().logger }).open();
  if (!made.ok) {
    throw new Error(made.error.message);
  }
  const file: unknown = JSON.parse(await readFile(path, 'utf8'));
  for (const other of others) {
    const deviceId = randomBytes(16).toString('base64url');
    await writeFile(other, JSON.stringify({ ...(file as object), deviceId }), { mode: 0o600 });
  }
  return { id: made.value.id, folders };
}

/** A caller, and somebody with two computers. */
export interface Household {
  readonly caller: Instance;
  readonly first: Instance;
  readonly second: Instance;
  readonly calleeId: PeerId;
}

/** The names of the callee's computers. */
export const ownNames = { first: 'first-device', second: 'second-device' } as const;

/** Starts all three; they are ready to call, and the two computers know of each other. */
export async function launchHousehold(
  server: string,
  launch: (role: string, options: InstanceOptions) => Promise<Instance>,
): Promise<Household> {
  const args = ['--server', server];
  const { id, folders } = await makeOwnFolders(Object.values(ownNames));
  const [caller, first, second] = await together([
    launch('caller', { args, pageScript: notePhases }),
    ...Object.values(ownNames).map(async (name, index) =>
      launch(name, { args, pageScript: notePhases, folder: folders[index] ?? '' }),
    ),
  ]);
  if (first === undefined || second === undefined) {
    throw new Error('a computer is missing');
  }
  await Promise.all([caller, first, second].map(async ({ window }) => window.ready()));
  expect(await first.window.id()).toBe(id);
  await Promise.all([expectOther(first, ownNames.second), expectOther(second, ownNames.first)]);
  return { caller, first, second, calleeId: id };
}

/** The other computer is connected and has said its name. */
async function expectOther({ window }: Instance, name: string): Promise<void> {
  await openPage(window, 'settings');
  await expect(window.page.locator('[data-testid="own-device"][data-self="false"]')).toContainText(name);
  await openPage(window, 'calls');
}

/** A household on a server of its own, for many tests; each leaves all three on the home screen. */
export interface LaunchedHousehold extends Household {
  readonly server: ServerProcess;
  /** What everybody reaches the server through. */
  readonly line: HeldLine;
  close(): Promise<void>;
}

export async function startHousehold(): Promise<LaunchedHousehold> {
  return setUp(async (started) => {
    // The server has to know what the apps dial, and the line where the server listens.
    let port = 0;
    const line = started.add(await HeldLine.start(() => port), async (held) => held.close());
    const server = started.add(
      await ServerProcess.start(['--name', `127.0.0.1:${line.port}`]),
      async (running) => running.stop(),
    );
    port = server.port;
    const household = await launchHousehold(line.url, async (role, options) =>
      started.add(await launchInstance(role, options), endInstance),
    );
    return { ...household, server, line, close: async () => started.close() };
  });
}
