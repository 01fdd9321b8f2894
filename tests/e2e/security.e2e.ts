import { expect } from '@playwright/test';
import { test } from '#tests/support/e2e/fixtures.ts';

test.describe('the page of the app', () => {
  test('has no Node, and a bridge that it cannot change', async ({ pair }) => {
    const found = await pair.caller.page.evaluate(() => {
      const names = globalThis as unknown as Record<string, unknown>;
      const bridge = names.peerline as Record<string, unknown>;
      const before = bridge.callSend;
      try {
        bridge.callSend = () => undefined;
      } catch {
        // Frozen objects throw in strict code.
      }
      return {
        node: ['require', 'process', 'module', 'Buffer'].filter((name) => typeof names[name] !== 'undefined'),
        generic: ['send', 'invoke', 'ipcRenderer', 'on'].filter((name) => name in bridge),
        unchanged: bridge.callSend === before,
      };
    });
    expect(found).toEqual({ node: [], generic: [], unchanged: true });
  });

  test('opens no window and goes nowhere else', async ({ pair }) => {
    const { caller, instances } = pair;
    const { page } = caller;
    const url = page.url();
    const windows = instances[0].app.windows().length;
    const opened = await page.evaluate(() => window.open('https://example.org/') !== null);
    expect(opened).toBe(false);
    await page.evaluate(() => {
      location.href = 'https://example.org/';
    });
    await caller.ready();
    expect(page.url()).toBe(url);
    expect(instances[0].app.windows()).toHaveLength(windows);
  });

  test('runs only its own scripts and connects nowhere', async ({ pair }) => {
    const refused = await pair.caller.page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        violations.push(effectiveDirective);
      });
      const script = document.createElement('script');
      script.textContent = 'globalThis.__injected = true';
      document.head.append(script);
      const image = new Image();
      image.src = 'https://example.org/a.png';
      const fetched = await fetch('https://example.org/').then(
        () => true,
        () => false,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      script.remove();
      return { violations, fetched, injected: '__injected' in globalThis };
    });
    expect(refused).toMatchObject({ fetched: false, injected: false });
    expect(refused.violations).toEqual(expect.arrayContaining(['script-src-elem', 'img-src', 'connect-src']));
  });

  test('is refused what a call does not need', async ({ pair }) => {
    const answers = await pair.caller.page.evaluate(async () => {
      const location = await new Promise((resolve) => {
        navigator.geolocation.getCurrentPosition(
          () => resolve('granted'),
          ({ code }) => resolve(code === GeolocationPositionError.PERMISSION_DENIED ? 'denied' : 'failed'),
        );
      });
      return { location, notifications: await Notification.requestPermission() };
    });
    expect(answers).toEqual({ location: 'denied', notifications: 'denied' });
  });

  test('cannot be led out of its folder by a path', async ({ pair }) => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2f..%2fpackage.json',
      '/%00',
      '/nothing',
    ]) {
      const status = await pair.caller.page.evaluate(async (url) => {
        const response = await fetch(url).catch(() => undefined);
        return response?.status ?? 0;
      }, path);
      expect(status, path).not.toBe(200);
    }
  });
});
