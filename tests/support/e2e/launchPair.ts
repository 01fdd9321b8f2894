import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaunchOptions, RunningApp } from '#tests/support/launch/Launcher.ts';
import { pickLauncher } from '#tests/support/launch/pickLauncher.ts';
import { countResources } from './pageScripts.ts';
import { PeerWindow } from './PeerWindow.ts';
import { ServerProcess } from './serverProcess.ts';

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
  const folder = given ?? (await mkdtemp(join(tmpdir(), `peerline-${role}-`)));
  const launcher = await pickLauncher();
  const app = await launcher.launch({
    userDataRoot: folder,
    args: [],
    initScript: countResources + pageScript,
    ...launch,
  });
  return { app, window: new PeerWindow(await app.mainWindow()), folder };
}

/** The app that this one starts in its place when it ends by itself. */
export async function followInstance({ app, folder }: Instance): Promise<Instance> {
  const next = await app.relaunched();
  return { app: next, window: new PeerWindow(await next.mainWindow()), folder };
}

export const removeFolder = async (instance: Instance): Promise<void> =>
  rm(instance.folder, { recursive: true, force: true, maxRetries: 5 });

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
  const server = await ServerProcess.start();
  const args = ['--server', server.url];
  const [caller, callee] = await Promise.all([
    launchInstance('caller', { args, ...options.caller }),
    launchInstance('callee', { args, ...options.callee }),
  ]);
  await Promise.all([caller.window.ready(), callee.window.ready()]);
  return {
    server,
    instances: [caller, callee],
    caller: caller.window,
    callee: callee.window,
    close: async () => {
      await Promise.all([caller.app.close(), callee.app.close()]);
      await server.stop();
      await Promise.all([removeFolder(caller), removeFolder(callee)]);
    },
  };
}
