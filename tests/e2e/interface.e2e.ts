import { expect } from '@playwright/test';
import { formatPeerId, parsePeerId, peerLink } from '#shared/identity/peerId.ts';
import { test } from '#tests/support/e2e/fixtures.ts';
import { openPage } from '#tests/support/e2e/people.ts';

/** The id as people write it. */
function shown(id: string): string {
  const parsed = parsePeerId(id);
  return parsed.ok ? formatPeerId(parsed.value) : '';
}

test.describe('the home screen', () => {
  test('shows the own id, and copies it as text and as a link', async ({ pair }) => {
    const { caller, instances } = pair;
    const id = await caller.id();
    await expect(caller.element('my-id')).toHaveText(shown(id));
    await caller.element('copy-id').click();
    await expect.poll(async () => instances[0].app.clipboardText()).toBe(shown(id));
    await caller.element('copy-link').click();
    const parsed = parsePeerId(id);
    expect(parsed.ok).toBe(true);
    await expect
      .poll(async () => instances[0].app.clipboardText())
      .toBe(parsed.ok ? peerLink(parsed.value) : '');
  });

  test('shows the own camera and all devices before any call', async ({ pair }) => {
    const { caller } = pair;
    await expect
      .poll(async () =>
        caller
          .element('preview-video')
          .evaluate((video) => video instanceof HTMLVideoElement && video.videoWidth),
      )
      .toBeGreaterThan(100);
    for (const kind of ['camera', 'microphone', 'speaker']) {
      await expect(caller.element(`picker-${kind}`)).toBeVisible();
    }
  });

  test('forgives how an id is typed, and keeps who was called', async ({ pair }) => {
    const { caller, callee } = pair;
    const id = await callee.id();
    const typed = ` ${id
      .toLowerCase()
      .replace(/0/g, 'o')
      .replace(/(.{4})/g, '$1 ')}`;
    await caller.element('dial-input').fill(typed);
    await caller.element('dial-input').press('Enter');
    await callee.expectRinging();
    await callee.answer('decline');
    await caller.expectEnded('declined');
    await caller.close();
    await callee.close();
    await expect(caller.element('history-row').first()).toBeVisible();
    await expect(callee.element('history-row').first()).toBeVisible();
  });

  test('is there in Chinese', async ({ launch, server }) => {
    const { window } = await launch('chinese', { args: ['--server', server.url] });
    await window.ready();
    await window.element('nav-settings').click();
    await window.element('setting-locale-zh-CN').click();
    await expect(window.page.locator('html')).toHaveAttribute('lang', 'zh-CN');
    await window.element('nav-calls').click();
    await expect(window.page.getByRole('heading', { level: 1 })).toHaveText(/[\u4e00-\u9fff]/);
  });
});

test.describe('the keyboard', () => {
  test('accepts, mutes and switches the camera', async ({ pair }) => {
    const { caller, callee } = pair;
    await caller.dial(await callee.id());
    await callee.expectRinging();
    await callee.page.keyboard.press('Control+Shift+A');
    await callee.expectPhase('connected');

    await callee.page.keyboard.press('m');
    await expect(caller.element('remote-muted')).toBeVisible();
    await callee.page.keyboard.press('m');
    await expect(caller.element('remote-muted')).toBeHidden();
    await callee.page.keyboard.press('v');
    await expect(caller.element('remote-camera-off')).toBeVisible();
    await callee.page.keyboard.press('v');
    await expect(caller.element('remote-camera-off')).toBeHidden();

    await caller.hangUp();
    await caller.close();
    await callee.close();
  });

  test('declines', async ({ pair }) => {
    const { caller, callee } = pair;
    await caller.dial(await callee.id());
    await callee.expectRinging();
    await callee.page.keyboard.press('Control+Shift+D');
    await caller.expectEnded('declined');
    await caller.close();
    await callee.close();
  });
});

test('a call that comes while somebody types is answered over the dialog, which is there again afterwards', async ({
  pair,
}) => {
  const { caller, callee } = pair;
  const id = await callee.id();
  await openPage(callee, 'settings');
  await callee.element('identity-restore').click();
  await callee.element('restore-phrase').fill('legal winner');
  await caller.dial(id);
  await callee.expectRinging();
  await callee.answer();
  await callee.expectPhase('connected');
  await expect(callee.element('restore-dialog')).toHaveCount(0);
  await callee.hangUp();
  await callee.element('call-close').click();
  await expect(callee.element('restore-phrase')).toHaveValue('legal winner');
  await callee.element('restore-dialog-close').click();
  await caller.close();
});

test.describe('the window of an incoming call', () => {
  test('shows who calls, and accepts with audio only', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const callerId = await caller.window.id();
    const popup = callee.app.waitForWindow('incoming.html');
    await caller.window.dial(await callee.window.id());
    const page = await popup;
    await expect(page.getByTestId('incoming-accept')).toBeVisible();
    await expect(page.locator('body')).toContainText(callerId.slice(0, 5));
    await page.getByTestId('incoming-voice').click();
    await callee.window.expectPhase('connected');
    await expect(caller.window.element('remote-camera-off')).toBeVisible();
    expect((await callee.window.capturedDevices()).camera).toBe('');
  });

  test('adds a stranger who goes on ringing meanwhile', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const callerId = await caller.window.id();
    const popup = callee.app.waitForWindow('incoming.html');
    await caller.window.dial(await callee.window.id());
    const page = await popup;
    await page.getByTestId('incoming-add').click();
    await expect(callee.window.element('add-id')).toHaveValue(callerId.match(/.{5}/g)?.join('-') ?? '');
    await callee.window.element('contact-name-input').fill('North office');
    await callee.window.element('add-save').click();
    await expect(callee.window.callView).toContainText('North office');
    await callee.window.answer('decline');
    await caller.window.expectEnded('declined');
    await callee.window.expectEnded('declinedByMe');
  });

  test('closing the app in a call ends it on the other side at once', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    await caller.window.dial(await callee.window.id());
    await callee.window.expectRinging();
    await callee.window.answer();
    await caller.window.expectPhase('connected');
    await callee.app.close();
    await expect(caller.window.element('end-reason')).toHaveAttribute(
      'data-reason',
      /^(peerLeft|peerHungUp)$/,
    );
  });
});
