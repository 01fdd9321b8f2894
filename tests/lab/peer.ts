/**
 * The computer of one side: runs inside its namespace, starts the built app there and does in its window what a
 * person would, as the laboratory says (`PeerComputer.ts`).
 */
import { chromiumLauncher } from '#tests/support/launch/chromiumLauncher.ts';
import type { RunningApp } from '#tests/support/launch/Launcher.ts';
import { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { openPage } from '#tests/support/e2e/people.ts';
import { observeScript } from './observe.ts';
import type { PeerAnswer, PeerCommand } from './PeerComputer.ts';

let app: RunningApp | undefined;
let opened: PeerWindow | undefined;

const window = (): PeerWindow => {
  if (opened === undefined) {
    throw new Error('the app is not open');
  }
  return opened;
};

/** Longer than `expect` waits outside of a test: several calls may be busy on one computer. */
const PATIENCE_MS = 60_000;

async function appears(selector: string): Promise<void> {
  await window().page.locator(selector).first().waitFor({ timeout: PATIENCE_MS });
}

async function ready(): Promise<void> {
  await appears('[data-testid="connection-state"][data-phase="online"]');
  await appears('[data-testid="dial-input"]');
}

async function addContact({ id, name }: { readonly id: string; readonly name: string }): Promise<void> {
  await openPage(window(), 'contacts');
  await window().element('contact-add').click();
  await window().element('add-id').fill(id);
  await window().element('contact-name-input').fill(name);
  await window().element('add-save').click();
  await appears('[data-testid="contact"]');
  await openPage(window(), 'calls');
}

async function obey(command: PeerCommand): Promise<unknown> {
  switch (command.type) {
    case 'open':
      app = await chromiumLauncher().launch({
        userDataRoot: command.folder,
        args: ['--server', command.server],
        headless: true,
        initScript: observeScript,
      });
      opened = new PeerWindow(await app.mainWindow());
      await ready();
      return opened.id();
    case 'addContact':
      return addContact(command);
    case 'ready':
      return ready();
    case 'dial':
      return window().dial(command.id);
    case 'waitForRinging':
      return appears('[data-testid="incoming-accept"]');
    case 'accept':
      return window().answer();
    case 'hangUp':
      return window().hangUp();
    case 'close':
      await appears('[data-testid="call-close"]');
      return window().close();
    case 'evaluate':
      return window().page.evaluate(command.expression);
    case 'output':
      return app?.output() ?? '';
  }
}

async function answer(command: PeerCommand): Promise<PeerAnswer> {
  try {
    return { id: command.ref, ok: true, value: await obey(command) };
  } catch (error) {
    return { id: command.ref, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', (command: PeerCommand) => {
  void answer(command).then((message) => process.send?.(message));
});
process.on('disconnect', () => {
  void (app?.kill() ?? Promise.resolve()).finally(() => process.exit());
});
