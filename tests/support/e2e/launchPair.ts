import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaunchOptions, RunningApp } from '#tests/support/launch/Launcher.ts';
import { pickLauncher } from '#tests/support/launch/pickLauncher.ts';
import { countResources } from './pageScripts.ts';
import { PeerWindow } from './PeerWindow.ts';
import { ServerProcess } from './serverProcess.ts';
import { setUp, together } from './setUp.ts';

/** One running app and its main window. */
export interface Instance {
  readonly app: RunningApp;
  readonly window: PeerWindow;
  /** The folder with all of its profiles; stays when the app is started again. */
  readonly folder: string;
}

export interface InstanceOptions extends Partial<LaunchOptions> {
  /** Use this folder instead of a fresh one. */
  readonly folder?: string;
  /** Runs in every page before the app's scripts, besides the counting of resources. */
  readonly pageScript?: string;
}

/** Starts one app. It counts captured tracks and peer connections (`PeerWindow.resources`). */
export async function launchInstance(role: string, options: InstanceOptions = {}): Promise<Instance> {
  const { folder: given, pageScript = '', ...launch } = options;
  const launcher = await pickLauncher();
  return setUp(async (started) => {
    const folder = given ?? (await mkdtemp(join(tmpdir(), `peerline-${role}-`)));
    if (given === undefined) {
      started.add(folder, remove);
    }
    const app = await launcher.launch({
      userDataRoot: folder,
      args: [],
      initScript: countResources + pageScript,
      ...launch,
    });
    started.add(app, async () => app.close());
    return { app, window: new PeerWindow(await app.mainWindow()), folder };
  });
}

/** The app that this one starts in its place when it ends by itself. */
export async function followInstance({ app, folder }: Instance): Promise<Instance> {
  return setUp(async (started) => {
    const next = started.add(await app.relaunched(), async (running) => running.close());
    return { app: next, window: new PeerWindow(await next.mainWindow()), folder };
  });
}

const remove = async (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 5 });

export const removeFolder = async ({ folder }: Instance): Promise<void> => remove(folder);

/** Quits the app and removes its folder. */
export async function endInstance(instance: Instance): Promise<void> {
  await instance.app.close();
  await removeFolder(instance);
}

/** Two apps on one server, both ready to call. */
export interface LaunchedPair {
  readonly server: ServerProcess;
  readonly instances: readonly [Instance, Instance];
  readonly caller: PeerWindow;
  readonly callee: PeerWindow;
  close(): Promise<void>;
}

export async function launchPair(
  options: { readonly caller?: InstanceOptions; readonly callee?: InstanceOptions } = {},
): Promise<LaunchedPair> {
  return setUp(async (started) => {
    const server = started.add(await ServerProcess.start(), async (running) => running.stop());
    const args = ['--server', server.url];
    const launch = async (role: string, more: InstanceOptions = {}): Promise<Instance> =>
      started.add(await launchInstance(role, { args, ...more }), endInstance);
    const [caller, callee] = await together([
      launch('caller', options.caller),
      launch('callee', options.callee),
    ]);
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    return {
      server,
      instances: [caller, callee],
      caller: caller.window,
      callee: callee.window,
      close: async () => started.close(),
    };
  });
}
