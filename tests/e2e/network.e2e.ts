import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { test } from '#tests/support/e2e/fixtures.ts';
import { openPage } from '#tests/support/e2e/people.ts';

/** IPv4 with four numbers, or IPv6 with at least three groups. */
const address = /\b\d{1,3}(?:\.\d{1,3}){3}\b|(?:[\da-f]{1,4}:){3,}[\da-f]{0,4}/i;

test.describe('the network of a call', () => {
  test('is seen in the call, told after it, saved without an address, and read on another computer', async ({
    launchTwo,
  }) => {
    const [caller, callee] = await launchTwo();
    await Promise.all([caller.window.ready(), callee.window.ready()]);
    const calleeId = await callee.window.id();
    await caller.window.dial(calleeId);
    await callee.window.expectRinging();
    await callee.window.answer();
    await caller.window.expectPhase('connected');

    await expect(caller.window.element('quality')).toHaveAttribute('data-quality', 'good');
    await caller.window.revealControls();
    await caller.window.element('quality').click();
    await expect(caller.window.element('network-path')).toHaveText(/direct/i);
    await expect(caller.window.element('chart')).toHaveCount(3);
    await expect(caller.window.element('call-timer')).toHaveText(/^00:(?:0[8-9]|[1-5])/);
    await caller.window.hangUp();
    await caller.window.expectEnded('hungUp');

    await expect(caller.window.element('end-verdict')).toHaveAttribute('data-verdict', 'good');
    await caller.window.element('end-network').click();
    await expect(caller.window.element('timeline')).toContainText(/connected/i);
    const path = join(caller.folder, 'call.json');
    await caller.app.answerDialog({ kind: 'save', path });
    await caller.window.element('recording-export').click();
    await expect(caller.window.element('recording-saved')).toBeVisible();
    const saved = await readFile(path, 'utf8');
    expect(JSON.parse(saved)).toMatchObject({ samples: expect.any(Array) });
    expect(saved).not.toMatch(address);
    expect(saved).not.toContain(calleeId);

    await callee.window.expectEnded('peerHungUp');
    await callee.window.close();
    await openPage(callee.window, 'settings');
    await callee.app.answerDialog({ kind: 'open', path });
    await callee.window.element('recording-open').click();
    await expect(callee.window.element('recording-verdict')).toBeVisible();
    await expect(callee.window.element('chart')).toHaveCount(3);
    await expect(callee.window.element('recording-remove')).toHaveCount(0);
  });
});

test.describe('"Can I call?"', () => {
  test('tries the server, the devices and the network, and says what each came to', async ({ pair }) => {
    const { caller } = pair;
    await caller.element('check-start').click();
    await caller.element('check-yes').click();
    await expect(caller.element('check-verdict')).not.toHaveAttribute('data-verdict', 'running');
    const found = await caller
      .element('check-item')
      .evaluateAll((all) =>
        all.map((item) => [(item as HTMLElement).dataset.step, (item as HTMLElement).dataset.code].join(' ')),
      );
    expect(found.slice(0, 6)).toEqual([
      'signaling online',
      'microphone heard',
      'camera seen',
      'speaker heard',
      'stun none',
      'relay none',
    ]);
    await expect(caller.element('check-verdict')).toHaveAttribute('data-verdict', 'but');
    await caller.page.keyboard.press('Escape');
    await expect(caller.element('check')).toHaveCount(0);
  });
});
