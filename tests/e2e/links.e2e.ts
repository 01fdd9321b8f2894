import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { parsePeerId } from '#shared/identity/peerId.ts';
import { formatPeerLink } from '#shared/people/links.ts';
import { openPage } from '#tests/support/e2e/people.ts';
import { test } from '#tests/support/e2e/fixtures.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { ServerProcess } from '#tests/support/e2e/serverProcess.ts';

/** Somebody whom no server has ever seen. */
const stranger = 'CSM7N-BFRCA-YQEV4-FR65R-X7WE1';

function linkTo(id: string, server: string | null = null): string {
  const parsed = parsePeerId(id);
  if (!parsed.ok) {
    throw new Error(parsed.error.code);
  }
  return formatPeerLink({ id: parsed.value, server });
}

const dashed = (id: string): string => id.match(/.{5}/g)?.join('-') ?? id;

async function expectAsked(window: PeerWindow, id: string): Promise<void> {
  await expect(window.element('link-id')).toHaveText(id.includes('-') ? id : dashed(id));
  await expect(window.callView).toHaveCount(0);
}

test.describe('a link', () => {
  test('on the command line of the first start asks, and calls only when told to', async ({
    launch,
    server,
  }) => {
    const args = ['--server', server.url];
    const callee = await launch('callee', { args });
    await callee.window.ready();
    const id = await callee.window.id();
    const caller = await launch('caller', { args: [...args, linkTo(id)] });
    await expectAsked(caller.window, id);
    await caller.window.element('link-voice').click();
    await callee.window.expectRinging();
    await caller.window.hangUp();
  });

  test('of a second instance asks in the first', async ({ launch, server }) => {
    const args = ['--server', server.url];
    const { app, window, folder } = await launch('first', { args });
    await window.ready();
    await expect(launch('second', { args: [...args, linkTo(stranger)], folder })).rejects.toThrow(
      /already running/,
    );
    await expectAsked(window, stranger);
    await window.page.keyboard.press('Escape');
    await expect(window.element('link-dialog')).toBeHidden();
    await app.openUrl(linkTo(stranger));
    await expectAsked(window, stranger);
    await window.element('link-cancel').click();
    await expect(window.element('link-dialog')).toBeHidden();
    await expect(window.callView).toHaveCount(0);
  });

  for (const [what, link] of [
    ['a wrong check character', 'peerline:CSM7N-BFRCA-YQEV4-FR65R-X7WE2'],
    ['nothing in it', 'peerline:'],
    ['a web page as server', `peerline:${stranger}?server=https%3A%2F%2Fexample.org`],
  ] as const) {
    test(`with ${what} is a sentence, and nothing else`, async ({ launch, server }) => {
      const { window } = await launch('first', { args: ['--server', server.url, link] });
      await window.ready();
      await expect(
        window.page.locator('[data-testid="notice"][data-code="PEER_LINK_INVALID"]'),
      ).toBeVisible();
      await expect(window.element('link-dialog')).toHaveCount(0);
    });
  }

  test('names a contact by the name, and offers to add somebody else', async ({ launch, server }) => {
    const { app, window } = await launch('first', { args: ['--server', server.url] });
    await window.ready();
    await app.openUrl(linkTo(stranger));
    await window.element('link-add').click();
    await expect(window.element('add-id')).toHaveValue(stranger);
    await window.element('contact-name-input').fill('North office');
    await window.element('add-save').click();
    await app.openUrl(linkTo(stranger));
    await expect(window.element('link-who')).toHaveText('North office');
    await expect(window.element('link-add')).toHaveCount(0);
  });

  test('that is opened in a call waits until the call is over', async ({ pair }) => {
    const { caller, callee, instances } = pair;
    await caller.dial(await callee.id(), 'voice');
    await callee.expectRinging();
    await callee.answer();
    await caller.expectPhase('connected');
    await instances[0].app.openUrl(linkTo(stranger));
    // What main answers now, it answers after the link.
    await caller.page.evaluate(async () => {
      const { peerline } = window as unknown as { peerline: { settingsGet(args: object): Promise<unknown> } };
      return peerline.settingsGet({});
    });
    await expect(caller.element('link-dialog')).toHaveCount(0);
    await caller.hangUp();
    await caller.expectEnded('hungUp');
    await expect(caller.element('link-id')).toHaveText(stranger);
    await caller.element('link-cancel').click();
    await caller.close();
    await callee.close();
  });

  test('that names another server says so, and changes over only when told to', async ({
    launch,
    server,
  }) => {
    const other = await ServerProcess.start();
    try {
      const callee = await launch('callee', { args: ['--server', other.url] });
      await callee.window.ready();
      const id = await callee.window.id();
      const caller = await launch('caller', { args: ['--server', server.url] });
      await caller.window.ready();
      await caller.app.close();
      await writeFile(
        join(caller.folder, 'settings.json'),
        JSON.stringify({ server: { mode: 'remote', url: server.url } }),
      );
      const { window } = await launch('caller', {
        folder: caller.folder,
        args: [linkTo(id, other.url)],
      });
      await expect(window.element('link-server')).toHaveText(other.url);
      await expect(window.element('link-video')).toHaveCount(0);
      await expect(window.element('connection-state')).toHaveAttribute('data-phase', 'online');
      await window.element('link-switch').click();
      await window.element('link-voice').click();
      await callee.window.expectRinging();
      await window.hangUp();
    } finally {
      await other.stop();
    }
  });
});

test.describe('a missed call', () => {
  test('counts on badge and tray until the person has looked at the calls', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    expect((await callee.app.attention()).badge).toBe(0);
    const id = await callee.window.id();
    await openPage(callee.window, 'settings');
    await caller.window.dial(id);
    await callee.window.expectRinging();
    await caller.window.hangUp();
    await expect
      .poll(async () => callee.app.attention())
      .toMatchObject({ badge: 1, tray: { toolTip: 'Peerline: 1 missed call' } });
    await callee.app.pressTray(['Status on this computer', 'Do not disturb']);
    await expect
      .poll(async () => (await callee.app.attention()).tray?.menu[1]?.submenu)
      .toContainEqual({ label: 'Do not disturb', checked: true, submenu: [] });
    await openPage(callee.window, 'calls');
    await expect
      .poll(async () => callee.app.attention())
      .toMatchObject({ badge: 0, tray: { toolTip: 'Peerline' } });
  });

  test('leaves the app by the menu of the tray', async ({ launch, server }) => {
    const { app, window } = await launch('first', { args: ['--server', server.url] });
    await window.ready();
    await app.pressTray(['Quit']).catch(() => undefined);
    expect((await app.exited).code).toBe(0);
  });
});
