import { expect } from '@playwright/test';
import { test } from '#tests/support/e2e/fixtures.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { addContact, newestCall, openPage } from '#tests/support/e2e/people.ts';

/** Every text that the caller reads or hears of a call, in the order in which they come, without whom it is with. */
const noteWords = `(() => {
  const words = [];
  Object.defineProperty(globalThis, '__words', { value: words });
  const note = () => {
    const said = ['call-status', 'end-reason', 'end-hint', 'end-notice', 'live-region']
      .map((id) => document.querySelector('[data-testid="' + id + '"]'))
      .map((element) => (element?.textContent ?? '').replace(/\\s+/g, ' ').trim());
    const line = said.join('|').replace(/[0-9A-Z]{5}-…-[0-9A-Z]{5}/g, 'ID');
    if (line !== words.at(-1)) words.push(line);
  };
  new MutationObserver(note).observe(document, { childList: true, subtree: true, characterData: true });
})();`;

async function wordsOfCall(window: PeerWindow, id: string): Promise<readonly string[]> {
  await window.page.evaluate(() => {
    (globalThis as unknown as { __words: string[] }).__words.length = 0;
  });
  await window.dial(id);
  await expect(window.element('end-notice')).toBeVisible();
  await expect(window.element('live-region')).toContainText('They will see');
  const words = await window.page.evaluate(() => (globalThis as unknown as { __words: string[] }).__words);
  await window.close();
  // The end of the call before is the first that is noted.
  return words.filter((line) => !line.startsWith('||'));
}

/** Calls until it ends as with somebody who is offline: the server learns a moment later whom it is to refuse. */
const becomesOffline = async (caller: PeerWindow, id: string): Promise<void> =>
  expect
    .poll(async () => {
      await caller.dial(id);
      await expect(caller.element('end-reason')).toBeVisible();
      const reason = await caller.element('end-reason').getAttribute('data-reason');
      await caller.close();
      return reason;
    })
    .toBe('offline');

test.describe('a stranger', () => {
  test('is marked as such, and is a contact after one form', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    await caller.window.dial(await callee.window.id());
    await callee.window.expectRinging();
    await expect(callee.window.element('incoming-stranger')).toHaveText('Not in your contacts. First call.');
    await callee.window.element('incoming-add').click();
    await callee.window.element('contact-name-input').fill('North office');
    await callee.window.element('add-save').click();
    await expect(callee.window.element('incoming-stranger')).toBeHidden();
    await expect(callee.window.callView).toContainText('North office');
    await callee.window.answer('decline');
    await callee.window.element('call-close').click();
    await caller.window.expectEnded('declined');
    await openPage(callee.window, 'calls');
    await expect(newestCall(callee.window)).toContainText('North office');
  });

  test('who is blocked does not ring again, and sees somebody who is offline', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const [callerId, calleeId] = [await caller.window.id(), await callee.window.id()];
    await caller.window.dial(calleeId);
    await callee.window.expectRinging();
    await callee.window.element('incoming-block').click();
    await callee.window.expectEnded('declinedByMe');
    await callee.window.close();
    // Nothing tells the caller that somebody has answered at all.
    await expect(caller.window.callView).toHaveAttribute('data-stage', 'ringing');
    await caller.window.hangUp();
    await caller.window.expectEnded('cancelled');
    await caller.window.close();

    await becomesOffline(caller.window, calleeId);
    await expect(callee.window.element('incoming-accept')).toBeHidden();

    await openPage(callee.window, 'settings');
    await expect(callee.window.element('blocked')).toHaveAttribute('data-id', callerId);
    await callee.window.element('unblock').click();
    await expect(callee.window.element('blocked-empty')).toBeVisible();
  });

  test('reads of somebody who takes calls from contacts only what is said of somebody who is offline', async ({
    launchTwo,
    launch,
    server,
  }) => {
    const [caller, callee] = await launchTwo({ caller: { pageScript: noteWords } });
    const gone = await launch('offline', { args: ['--server', server.url] });
    await Promise.all([caller, callee, gone].map(async ({ window }) => window.ready()));
    const [calleeId, goneId] = [await callee.window.id(), await gone.window.id()];
    await gone.app.close();
    await openPage(callee.window, 'settings');
    await callee.window.element('setting-calls-from-contacts').click();
    await openPage(callee.window, 'calls');
    await becomesOffline(caller.window, calleeId);

    const refused = await wordsOfCall(caller.window, calleeId);
    const offline = await wordsOfCall(caller.window, goneId);
    expect(refused).toEqual(offline);
    expect(refused.join(' ')).toContain('They will see that you called.');
    const rows = caller.window.element('history-row');
    await expect(rows.nth(0)).toHaveAttribute('data-id', goneId);
    await expect(rows.nth(1)).toHaveAttribute('data-id', calleeId);
    for (const row of [rows.nth(0), rows.nth(1)]) {
      await expect(row).toHaveAttribute('data-end', 'offline');
      await expect(row.getByTestId('history-call')).toHaveAttribute('aria-label', /They were offline/);
    }
    await expect(callee.window.callView).toHaveCount(0);
    await expect(callee.window.element('history-row')).toHaveCount(0);
    expect((await callee.app.attention()).badge).toBe(0);
  });

  test('does not reach somebody who takes calls from contacts only', async ({ launchTwo }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const [callerId, calleeId] = [await caller.window.id(), await callee.window.id()];
    await openPage(callee.window, 'settings');
    await callee.window.element('setting-calls-from-contacts').click();
    await openPage(callee.window, 'calls');
    await becomesOffline(caller.window, calleeId);
    await expect(callee.window.callView).toBeHidden();

    await addContact(callee.window, { id: callerId, name: 'North office' });
    await caller.window.dial(calleeId);
    await callee.window.expectRinging();
    await expect(callee.window.element('incoming-stranger')).toBeHidden();
    await callee.window.answer('decline');
  });
});
