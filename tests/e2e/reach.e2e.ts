import { expect } from '@playwright/test';
import { checkCharacter, peerIdFromDigest } from '#shared/identity/peerId.ts';
import { test } from '#tests/support/e2e/fixtures.ts';

/** An id of nobody: its check character is right. */
const strangerId = peerIdFromDigest(new Uint8Array(32).fill(7));

test.describe('what the caller is told', () => {
  test('a wrong check character is refused before anything is sent', async ({ pair }) => {
    const { caller } = pair;
    const digits = strangerId.slice(0, 24);
    const wrong = digits + (checkCharacter(digits) === 'A' ? 'B' : 'A');
    await caller.element('dial-input').fill(wrong);
    await expect(caller.element('dial-hint')).toContainText(/one character/i);
    await caller.element('dial-input').press('Enter');
    await caller.element('dial-video').click();
    await expect(caller.callView).toBeHidden();
    await expect(caller.element('dial-input')).toHaveValue(wrong);
    await caller.element('dial-input').fill('');
  });

  test('the own id is refused with a sentence', async ({ pair }) => {
    const { caller } = pair;
    await caller.element('dial-input').fill(await caller.id());
    await expect(caller.element('dial-hint')).toContainText(/your own id/i);
    await caller.element('dial-video').click();
    await expect(caller.callView).toBeHidden();
    await caller.element('dial-input').fill('');
  });

  test('an id that never used the server is unknown', async ({ pair }) => {
    await pair.caller.dial(strangerId);
    await pair.caller.expectEnded('unknownPeer');
    await expect.poll(async () => pair.caller.resources()).toEqual({ tracks: 0, connections: 0 });
    await pair.caller.close();
  });

  test('somebody who closed the app is offline', async ({ pair, launch }) => {
    const gone = await launch('offline', { args: ['--server', pair.server.url] });
    await gone.window.ready();
    const id = await gone.window.id();
    await gone.app.close();
    await pair.caller.dial(id);
    await pair.caller.expectEnded('offline');
    await pair.caller.close();
  });

  test('somebody in another call is busy, and that call goes on', async ({ pair, launch }) => {
    const third = await launch('third', { args: ['--server', pair.server.url] });
    await third.window.ready();
    const { caller, callee } = pair;
    const calleeId = await callee.id();
    await caller.dial(calleeId);
    await callee.expectRinging();
    await callee.answer();
    await callee.expectPhase('connected');
    await third.window.dial(calleeId);
    await third.window.expectEnded('busy');
    await callee.expectFramesFlow();
    await caller.hangUp();
    await caller.close();
    await callee.close();
  });

  test('nobody answers: the call ends after the ring time', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    await caller.window.element('nav-settings').click();
    await caller.window.element('setting-ring-seconds').fill('5');
    await caller.window.element('setting-ring-seconds').press('Enter');
    await caller.window.element('nav-calls').click();
    await caller.window.dial(await callee.window.id());
    await callee.window.expectRinging();
    await caller.window.expectEnded('noAnswer');
    await callee.window.expectEnded('missed');
  });
});
