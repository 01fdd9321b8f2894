import { describe, expect, it } from 'vitest';
import { storeHarness } from '#tests/support/uiHarness/storeHarness.ts';
import { useAppStore } from './app.ts';
import { useConnectionStore } from './connection.ts';
import { useDevicesStore } from './devices.ts';
import { useNoticesStore } from './notices.ts';
import { useSettingsStore } from './settings.ts';

describe('settings', () => {
  it('go to the engine at the start and after every change', async () => {
    const { engine } = storeHarness({ settings: { ringSeconds: 20 } });
    const store = useSettingsStore();
    await store.update({ ringSeconds: 30, network: { relayOnly: true } });
    expect(engine.commands).toContainEqual(['setRingSeconds', 20]);
    expect(engine.commands).toContainEqual(['setRingSeconds', 30]);
    expect(engine.commands).toContainEqual(['setNetwork', { ...store.settings.network, relayOnly: true }]);
  });

  it('stay as they were, with the reason, when a change is refused', async () => {
    storeHarness({ refuse: ['settingsUpdate'] });
    const store = useSettingsStore();
    expect(await store.update({ theme: 'dark' })).toBe(false);
    expect(store.settings.theme).toBe('system');
    expect(store.problem).toBe('APP_INTERNAL');
  });

  it('take the language of the system until one is chosen', async () => {
    storeHarness({ info: { systemLocale: 'zh-CN' } });
    const store = useSettingsStore();
    expect(store.locale).toBe('zh-CN');
    await store.update({ locale: 'en' });
    expect(store.locale).toBe('en');
  });
});

describe('devices', () => {
  it('are chosen for now and for later starts', async () => {
    const { engine, main } = storeHarness();
    const store = useDevicesStore();
    const headset = { deviceId: 'h', label: 'Headset' };
    await store.prefer('microphone', headset);
    expect(engine.commands).toContainEqual(['prefer', 'microphone', headset]);
    expect(main.argsOf('settingsUpdate')).toEqual([{ devices: { microphone: headset } }]);
  });

  it('count as listed after a while even if none reports', async () => {
    const { clock } = storeHarness();
    const store = useDevicesStore();
    expect(store.listed).toBe(false);
    await clock.advance(2_000);
    expect(store.listed).toBe(true);
  });
});

describe('notices', () => {
  it('are shown once however often they come, until dismissed', () => {
    const { main } = storeHarness({ info: { notices: [{ code: 'STORAGE_BROKEN' }] } });
    const store = useNoticesStore();
    main.events.emit('notice', { code: 'STORAGE_BROKEN' });
    main.events.emit('notice', { code: 'PEER_MESSAGE_REFUSED' });
    expect(store.notices.map(({ code }) => code)).toEqual(['STORAGE_BROKEN', 'PEER_MESSAGE_REFUSED']);
    store.dismiss(store.notices[0]?.key ?? -1);
    expect(store.notices.map(({ code }) => code)).toEqual(['PEER_MESSAGE_REFUSED']);
  });
});

describe('the connection', () => {
  it('follows what main says and can be asked to try at once', async () => {
    const { main } = storeHarness();
    const store = useConnectionStore();
    expect(store.online).toBe(true);
    main.events.emit('signalingState', {
      phase: 'offline',
      url: 'ws://a',
      since: 1,
      reason: 'SIGNALING_OFFLINE',
      retryAt: null,
    });
    expect(store.online).toBe(false);
    await store.retry();
    expect(main.argsOf('signalingRetry')).toEqual([{}]);
    expect(store.retrying).toBe(false);
  });
});

describe('the own id', () => {
  it('is copied in groups, and as a link', async () => {
    const { main, info } = storeHarness();
    const store = useAppStore();
    await store.copyId();
    await store.copyLink();
    const grouped = info.id.replace(/(.{5})(?=.)/g, '$1-');
    expect(main.argsOf('copyText')).toEqual([{ text: grouped }, { text: `peerline:${grouped}` }]);
  });
});
