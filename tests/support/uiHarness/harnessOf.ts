import type { Page } from '@playwright/test';
import type { CommandName } from '#shared/ipc/channels.ts';
import type { IpcEvents } from '#shared/ipc/contract.ts';
import type { Harness } from './harness.ts';

/** The page of a harness, as `page.evaluate` sees it. */
export interface Harnessed {
  readonly harness: Harness;
}

/** Commands to the engine, by name and arguments. */
export const commands = async (page: Page) =>
  page.evaluate(() => (window as unknown as Harnessed).harness.commands);

/** Commands to main. */
export const asked = async (page: Page) =>
  page.evaluate(() => (window as unknown as Harnessed).harness.asked);

/** Main says something to the page. */
export const tell = async <K extends keyof IpcEvents>(page: Page, event: K, payload: IpcEvents[K]) =>
  page.evaluate(([name, value]) => (window as unknown as Harnessed).harness.tell(name, value), [
    event,
    payload,
  ] as const);

/** The engine is now in the call of this scene, or in none. */
export const showCall = async (page: Page, scene: string | null) =>
  page.evaluate((name) => (window as unknown as Harnessed).harness.showCall(name), scene);

/** Main does not answer this command any more. */
export const hold = async (page: Page, command: CommandName) =>
  page.evaluate((name) => (window as unknown as Harnessed).harness.hold(name), command);
