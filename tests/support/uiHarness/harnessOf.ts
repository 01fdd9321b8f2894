import type { Page } from '@playwright/test';
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
