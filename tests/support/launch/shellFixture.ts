import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { chromiumLauncher } from './chromiumLauncher.ts';
import type { LaunchOptions, RunningApp } from './Launcher.ts';

/** The bridge of tests/chromium-shell/fixture/preload.js. */
interface FixtureBridge {
  early(): Promise<unknown>;
  invoke(channel: string, ...args: readonly unknown[]): Promise<unknown>;
  send(channel: string, ...args: readonly unknown[]): void;
  onPong(listener: (value: unknown) => void): () => void;
}

declare global {
  interface Window {
    fixture: FixtureBridge;
    injected?: boolean;
    inlineScriptRan?: boolean;
  }
}

export const appFolder = fileURLToPath(new URL('../../chromium-shell/fixture', import.meta.url));
const launcher = chromiumLauncher(appFolder);
const folders: string[] = [];
export const apps: RunningApp[] = [];

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chromium-shell-'));
  folders.push(folder);
  return folder;
}

export async function launch(options: Partial<LaunchOptions> = {}): Promise<RunningApp> {
  const userDataRoot = options.userDataRoot ?? (await newFolder());
  const app = await launcher.launch({ args: [], headless: true, ...options, userDataRoot });
  apps.push(app);
  return app;
}

export async function readyPage(app: RunningApp): Promise<Page> {
  const page = await app.mainWindow();
  await page.locator('[data-ready]').waitFor({ state: 'attached' });
  return page;
}

export const invoke = async (page: Page, channel: string, ...args: readonly unknown[]): Promise<unknown> =>
  page.evaluate(async ([name, values]) => window.fixture.invoke(name, ...values), [channel, args] as const);

interface FixtureEvent {
  readonly kind: string;
  readonly [detail: string]: unknown;
}

export const eventsOf = async (page: Page, kind: string): Promise<readonly FixtureEvent[]> =>
  ((await invoke(page, 'events')) as FixtureEvent[]).filter((event) => event.kind === kind);

export async function closeAll(): Promise<void> {
  await Promise.all(apps.splice(0).map(async (app) => app.close()));
  await Promise.all(
    folders.splice(0).map(async (folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })),
  );
}
