import { describe, expect, it } from 'vitest';
import { applySettingsPatch, defaultSettings, settingsPatchSchema, settingsSchema } from './settings.ts';

describe('settings', () => {
  it('have a default for every field, so that an older file stays readable', () => {
    expect(settingsSchema.parse({ theme: 'dark' })).toEqual({ ...defaultSettings(), theme: 'dark' });
  });

  it('merge a patch inside a group and replace lists', () => {
    const first = applySettingsPatch(defaultSettings(), {
      server: { openToNetwork: true },
      iceServers: [{ urls: ['stun:stun.example.org'] }],
    });
    const second = applySettingsPatch(first, { server: { port: 9000 }, iceServers: [] });
    expect(second.server).toEqual({ mode: 'own', url: '', openToNetwork: true, port: 9000 });
    expect(second.iceServers).toEqual([]);
  });

  it.each([
    ['an ICE server without a scheme', { iceServers: [{ urls: ['stun.example.org'] }] }],
    ['a web address as server', { server: { url: 'https://example.org' } }],
    ['a server address with a user', { server: { url: 'wss://a:b@example.org' } }],
    ['a ring time of nothing', { ringSeconds: 0 }],
    ['an unknown language', { locale: 'xx' }],
  ])('refuse %s', (_what, patch) => {
    expect(settingsPatchSchema.safeParse(patch).success).toBe(false);
  });
});
