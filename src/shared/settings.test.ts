import { describe, expect, it } from 'vitest';
import { applySettingsPatch, defaultSettings, settingsPatchSchema, settingsSchema } from './settings.ts';

const turn = (url: string) => ({ urls: [url], username: 'u', credential: 'c' });

describe('settings', () => {
  it('have a default for every field, so that an older file stays readable', () => {
    expect(settingsSchema.parse({ theme: 'dark' })).toEqual({ ...defaultSettings(), theme: 'dark' });
  });

  it('merge a patch inside a group and replace lists', () => {
    const first = applySettingsPatch(defaultSettings(), {
      server: { openToNetwork: true },
      network: { relayOnly: true, videoCodecs: ['AV1', 'VP8'] },
      iceServers: [{ urls: ['stun:stun.example.org'] }],
    });
    const second = applySettingsPatch(first, {
      server: { port: 9000 },
      network: { videoCodecs: ['VP9'] },
      iceServers: [],
    });
    expect(second.server).toEqual({ mode: 'own', url: '', openToNetwork: true, port: 9000 });
    expect(second.network).toEqual({ ...defaultSettings().network, relayOnly: true, videoCodecs: ['VP9'] });
    expect(second.iceServers).toEqual([]);
  });

  it.each([
    'stun:a',
    'STUN:a.b:3478',
    'stun:[::1]:3478',
    'turn:a:65535?transport=tcp',
    'turns:10.0.0.1:5349',
  ])('take the ICE server %s', (url) => {
    expect(settingsPatchSchema.safeParse({ iceServers: [turn(url)] }).success).toBe(true);
  });

  it('leave out an ICE server that an older file holds and no call could use', () => {
    const good = turn('turn:a');
    expect(settingsSchema.parse({ theme: 'dark', iceServers: [{ urls: ['turn:b'] }, good] })).toEqual({
      ...defaultSettings(),
      theme: 'dark',
      iceServers: [good],
    });
  });

  it.each([
    ['an ICE server without a scheme', { iceServers: [{ urls: ['stun.example.org'] }] }],
    ['an ICE server with a port that is none', { iceServers: [{ urls: ['stun:a:99999'] }] }],
    ['an ICE server as a web address', { iceServers: [{ urls: ['stun://a'] }] }],
    ['a STUN server with a transport', { iceServers: [{ urls: ['stun:a?transport=udp'] }] }],
    ['a TURN server over a transport that is none', { iceServers: [turn('turn:a?transport=x')] }],
    ['a TURN server without a user name', { iceServers: [{ urls: ['turn:a'], credential: 'c' }] }],
    ['a TURN server without a password', { iceServers: [{ urls: ['stun:a', 'turns:a'], username: 'u' }] }],
    ['a web address as server', { server: { url: 'https://example.org' } }],
    ['a server address with a user', { server: { url: 'wss://a:b@example.org' } }],
    ['a ring time of nothing', { ringSeconds: 0 }],
    ['a codec that is none', { network: { videoCodecs: ['MP4'] } }],
    ['connecting to everybody before the answer', { network: { fastAnswer: 'anyone' } }],
    ['an unknown language', { locale: 'xx' }],
  ])('refuse %s', (_what, patch) => {
    expect(settingsPatchSchema.safeParse(patch).success).toBe(false);
  });
});
