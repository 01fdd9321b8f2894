import { describe, expect, it } from 'vitest';
import { asked, commands, tell } from '#tests/support/uiHarness/harnessOf.ts';
import { deviceIdOf, personId } from '#tests/support/uiHarness/people.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();

describe('who rings', () => {
  it.each([
    ['incomingFirst', 'Not in your contacts. First call.'],
    ['incomingStranger', 'Not in your contacts.'],
  ])('on the screen "%s" is told as "%s"', async (scene, said) => {
    await on({ scene }, async (page) => {
      await expect.poll(async () => page.getByTestId('incoming-stranger').innerText()).toBe(said);
    });
  });

  it('is a name without more when it is a contact', async () => {
    await on({ scene: 'incoming' }, async (page) => {
      await page.getByTestId('call-view').getByText('南办公室').waitFor();
      expect(await page.getByTestId('incoming-stranger').count()).toBe(0);
      expect(await page.getByTestId('incoming-block').count()).toBe(0);
    });
  });

  it('can be added while it rings', async () => {
    await on({ scene: 'incomingFirst' }, async (page) => {
      await page.getByTestId('incoming-add').click();
      await page.getByRole('dialog').waitFor();
    });
  });

  it('can be blocked, which ends the ringing', async () => {
    await on({ scene: 'incomingFirst' }, async (page) => {
      await page.getByTestId('incoming-block').click();
      await expect
        .poll(async () => asked(page))
        .toContainEqual({ command: 'blockedSet', args: { id: personId(30), blocked: true } });
      expect(await commands(page)).toContainEqual(['decline']);
    });
  });

  it('has a name in the window of its own', async () => {
    await on({ scene: 'popupKnown' }, async (page) => {
      await page.getByText('North office').waitFor();
      expect(await page.getByTestId('incoming-block').count()).toBe(0);
    });
  });

  it('is a stranger in the window of its own, with a way to block', async () => {
    await on({ scene: 'popup' }, async (page) => {
      expect(await page.getByTestId('incoming-stranger').innerText()).toContain('First call');
      await page.getByTestId('incoming-block').click({ trial: true });
    });
  });

  it('shows in a quiet bar for somebody who does not want to be disturbed', async () => {
    await on({ scene: 'incomingQuiet' }, async (page) => {
      expect(await page.getByTestId('call-view').getAttribute('data-quiet')).toBe('true');
      await page.getByTestId('incoming-accept').click();
      expect((await commands(page)).at(-1)).toEqual(['accept', { video: true }]);
    });
  });
});

describe('how far a call has come', () => {
  it.each([
    ['outgoing', 'Calling'],
    ['reached', 'Reached 2 devices'],
    ['ringing', 'Ringing'],
    ['ringingTwo', 'Ringing on 2 devices'],
  ])('is said on the screen "%s": %s', async (scene, said) => {
    await on({ scene }, async (page) => {
      expect(await page.getByTestId('call-status').innerText()).toBe(said);
      expect(await page.getByTestId('live-region').innerText()).toContain(said);
    });
  });

  it.each([
    ['endedOffline', 'They will see that you called.'],
    ['endedNoNotice', 'No word of your call could be left for them.'],
  ])('ends on the screen "%s" with what becomes of it: %s', async (scene, said) => {
    await on({ scene }, async (page) => {
      expect(await page.getByTestId('end-notice').innerText()).toBe(said);
      expect(await page.getByTestId('live-region').innerText()).toContain(said);
    });
  });

  it('names the own device that took it', async () => {
    await on({ scene: 'answeredElsewhere' }, async (page) => {
      expect(await page.getByTestId('end-reason').innerText()).toContain('answered on Laptop');
    });
  });
});

describe('presence', () => {
  it('changes as main says, in words as well', async () => {
    await on({ scene: 'home' }, async (page) => {
      const first = page.getByTestId('history-call').first();
      await expect.poll(async () => first.getAttribute('aria-label')).toContain('Online');
      for (const [state, word] of [
        ['inCall', 'In a call'],
        ['doNotDisturb', 'Do not disturb'],
      ] as const) {
        await tell(page, 'presenceChanged', { id: personId(1), state });
        await expect.poll(async () => first.getAttribute('aria-label')).toContain(word);
        expect(await first.getByTestId('presence').getAttribute('data-state')).toBe(state);
      }
      await tell(page, 'presenceChanged', { id: personId(1), state: 'offline' });
      await expect.poll(async () => first.getByTestId('presence').count()).toBe(0);
    });
  });

  it('of oneself is chosen at the own picture, and said there', async () => {
    await on({ scene: 'homeStatus' }, async (page) => {
      await page.getByTestId('status-doNotDisturb').click();
      const me = page.getByTestId('connection-state');
      await expect.poll(async () => me.getAttribute('aria-label')).toBe('You, Do not disturb');
      expect(await asked(page)).toContainEqual({
        command: 'settingsUpdate',
        args: { status: 'doNotDisturb' },
      });
    });
  });
});

describe('privacy', () => {
  it('is who may call, with a sentence about what others then see', async () => {
    await on({ scene: 'settings' }, async (page) => {
      await page.getByTestId('setting-calls-from-contacts').click();
      await page.getByText('To everybody else you look offline').waitFor();
      expect(await asked(page)).toContainEqual({
        command: 'settingsUpdate',
        args: { callsFrom: 'contacts' },
      });
    });
  });

  it('lists who is blocked, and lets them go until nobody is', async () => {
    await on({ scene: 'settingsPrivacy' }, async (page) => {
      expect(await page.getByTestId('blocked').count()).toBe(2);
      await page.getByTestId('unblock').first().click();
      await expect.poll(async () => page.getByTestId('blocked').count()).toBe(1);
      await page.getByTestId('unblock').first().click();
      await page.getByTestId('blocked-empty').waitFor();
    });
  });
});

describe('own computers', () => {
  it('can be renamed with the keyboard, and the name stays text', async () => {
    await on({ scene: 'settingsRename' }, async (page) => {
      const name = '<img src=x onerror=alert(1)>';
      await page.getByTestId('own-device-name').fill(name);
      await page.keyboard.press('Enter');
      await page.getByTestId('own-device').first().getByText(name).waitFor();
      expect(await page.locator('img[src="x"]').count()).toBe(0);
    });
  });

  it('keep their name by Escape', async () => {
    await on({ scene: 'settingsRename' }, async (page) => {
      await page.getByTestId('own-device-name').fill('another');
      await page.keyboard.press('Escape');
      await page.getByTestId('own-device').first().getByText('Desktop').waitFor();
      expect(JSON.stringify(await asked(page))).not.toContain('ownDeviceRename');
    });
  });

  it('are signed out after a question that says what it cannot do', async () => {
    await on({ scene: 'settingsSignOut' }, async (page) => {
      expect(await page.getByTestId('confirm').innerText()).toContain('The key stays on that computer');
      await page.getByTestId('confirm-action').click();
      await expect
        .poll(async () => asked(page))
        .toContainEqual({ command: 'ownDeviceSignOut', args: { device: deviceIdOf(2) } });
      await expect.poll(async () => page.getByTestId('own-device').count()).toBe(2);
    });
  });

  it('offer no way to sign out this one', async () => {
    await on({ scene: 'settingsRename' }, async (page) => {
      const self = page.locator('[data-testid="own-device"][data-self="true"]');
      expect(await self.getByTestId('own-device-sign-out').count()).toBe(0);
    });
  });

  it('that were signed out promise no connection after a call that could not start', async () => {
    await on({ scene: 'endedSignedOut' }, async (page) => {
      expect(await page.getByTestId('end-reason').innerText()).toContain('not connected to the server');
      await page.getByText('signed out by another of your computers').waitFor();
      expect(await page.getByTestId('end-hint').count()).toBe(0);
      expect(await page.getByTestId('call-again').count()).toBe(0);
    });
  });

  it('that were signed out say so, and where to go', async () => {
    await on({ scene: 'homeSignedOut' }, async (page) => {
      await page.getByTestId('signed-out').getByText('Signed out.').waitFor();
      await page.getByText('but this computer was signed out').waitFor();
      expect(await page.getByTestId('offline-retry').count()).toBe(0);
      await page.getByTestId('offline-strip').getByRole('button').click();
      await page.getByTestId('own-devices').waitFor();
      expect(await page.getByTestId('server-state').getAttribute('data-phase')).toBe('offline');
      expect(await page.getByTestId('server-retry').count()).toBe(0);
    });
  });
});
