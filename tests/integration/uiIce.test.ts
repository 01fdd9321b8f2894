import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { asked, tell } from '#tests/support/uiHarness/harnessOf.ts';
import { openScreens } from '#tests/support/uiHarness/openScreens.ts';

const on = openScreens();

const results = async (page: Page, row: number) =>
  page.getByTestId('ice-server').nth(row).getByTestId('ice-result').allInnerTexts();

const savedServers = async (page: Page): Promise<unknown> =>
  (await asked(page))
    .map((entry) => entry as { command: string; args: { iceServers?: unknown } })
    .filter(({ command }) => command === 'settingsUpdate')
    .at(-1)?.args.iceServers;

describe('STUN and TURN servers in the settings', () => {
  it('are tried address by address, and what came of each is a sentence with its fix', async () => {
    await on({ scene: 'settingsIce' }, async (page) => {
      expect(await results(page, 0)).toEqual([
        'turn:turn.example.org:3478 works: UDP over IPv4, 31 ms.',
        'turns:turn.example.org:443?transport=tcp does not work. The server does not accept user name and password. Check both.',
      ]);
      expect((await results(page, 1))[0]).toContain('stun:stun.example.org does not work. The server does');
    });
  });

  it('are added by a click that leaves a field with a fault in it', async () => {
    await on({ scene: 'settings' }, async (page) => {
      await page.getByTestId('ice-add').click();
      const rows = page.getByTestId('ice-server');
      const there = await rows.count();
      const [faulty, added] = [rows.nth(there - 1), rows.nth(there)];
      await faulty.getByTestId('ice-urls').fill('http://example.org');
      await page.getByTestId('ice-add').click({ delay: 80 });
      await added.waitFor();
      await faulty.getByRole('alert').waitFor();
      expect(await faulty.getByTestId('ice-urls').inputValue()).toBe('http://example.org');
      await expect
        .poll(async () => added.getByTestId('ice-urls').evaluate((field) => field === document.activeElement))
        .toBe(true);
    });
  });

  it('say the same in Chinese', async () => {
    await on({ scene: 'settingsIce', locale: 'zh-CN' }, async (page) => {
      expect(await results(page, 0)).toEqual([
        'turn:turn.example.org:3478 可用：UDP，IPv4，31 毫秒。',
        'turns:turn.example.org:443?transport=tcp 不可用。服务器不接受用户名和密码，请检查两者是否正确。',
      ]);
    });
  });

  it('take a result back that is not about what is written there any more', async () => {
    await on({ scene: 'settingsIce' }, async (page) => {
      const row = page.getByTestId('ice-server').first();
      await row.getByTestId('ice-password').fill('another');
      await row.getByTestId('ice-password').press('Tab');
      await expect.poll(async () => results(page, 0)).toEqual([]);
      expect(await results(page, 1)).toHaveLength(1);
    });
  });

  it('are not tried while they have a form that cannot work, and it says which', async () => {
    await on({ scene: 'settingsOpen' }, async (page) => {
      await page.getByTestId('ice-add').click();
      const row = page.getByTestId('ice-server').last();
      expect(await row.getByTestId('ice-test').isDisabled()).toBe(true);
      await row.getByTestId('ice-urls').fill('turn:relay.example.org');
      await row.getByTestId('ice-urls').press('Tab');
      await row.getByText('needs a user name and a password').waitFor();
      await row.getByTestId('ice-test').click();
      expect(await results(page, 0)).toEqual([]);
      await row.getByTestId('ice-user').fill('user');
      await row.getByTestId('ice-password').fill('secret');
      await row.getByTestId('ice-password').press('Tab');
      await row.getByTestId('ice-test').click();
      await row.getByTestId('ice-result').waitFor();
      expect(await savedServers(page)).toEqual([
        { urls: ['turn:relay.example.org'], username: 'user', credential: 'secret' },
      ]);
    });
  });

  it('go out of the settings when they are removed', async () => {
    await on({ scene: 'settingsIce' }, async (page) => {
      await page.getByRole('button', { name: 'Remove server 1' }).click();
      await expect.poll(async () => savedServers(page)).toEqual([{ urls: ['stun:stun.example.org'] }]);
      expect(await page.getByTestId('ice-server').count()).toBe(1);
    });
  });
});

describe('without a relay', () => {
  it('the settings say so plainly, until there is one', async () => {
    await on({ scene: 'settingsOpen' }, async (page) => {
      await page.getByTestId('ice-no-relay').getByText('No relay is set up').waitFor();
      await page.getByTestId('ice-add').click();
      await page.getByTestId('ice-urls').fill('turn:relay.example.org');
      await page.getByTestId('ice-user').fill('user');
      await page.getByTestId('ice-password').fill('secret');
      await page.getByTestId('ice-password').press('Tab');
      await expect.poll(async () => page.getByTestId('ice-no-relay').count()).toBe(0);
    });
  });

  it('they do not say so as long as the server could not be asked', async () => {
    await on({ scene: 'settingsRemote' }, async (page) => {
      await page.getByTestId('ice-add').waitFor();
      expect(await page.getByTestId('ice-no-relay').count()).toBe(0);
      await tell(page, 'signalingState', { phase: 'online', url: 'wss://calls.example.org', since: 0 });
      await page.getByTestId('ice-no-relay').waitFor();
    });
  });

  it('they say it of neither a relay of their own nor one of the server', async () => {
    await on({ scene: 'settings' }, async (page) => {
      await page.getByTestId('ice-server').first().waitFor();
      expect(await page.getByTestId('ice-no-relay').count()).toBe(0);
    });
    await on({ scene: 'settingsIce' }, async (page) => {
      await page.getByTestId('ice-offered').waitFor();
      await page.getByRole('button', { name: 'Remove server 1' }).click();
      expect(await page.getByTestId('ice-no-relay').count()).toBe(0);
    });
  });
});
