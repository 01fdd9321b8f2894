import { describe, expect, it } from 'vitest';
import { deviceIdOf, personId, sampleOwnDevices } from '#tests/support/uiHarness/people.ts';
import { storeHarness } from '#tests/support/uiHarness/storeHarness.ts';
import { useBlockedStore } from './blocked.ts';
import { useOwnDevicesStore } from './ownDevices.ts';
import { usePresenceStore } from './presence.ts';

const [caller, callee] = [personId(1), personId(2)];

describe('blocked ids', () => {
  it('are read, added and taken off', async () => {
    storeHarness({ people: { blocked: [caller] } });
    const store = useBlockedStore();
    await expect.poll(() => store.has(caller)).toBe(true);
    await store.block(callee);
    await store.unblock(caller);
    expect(store.ids).toEqual([callee]);
  });

  it('stay as they were, with the reason, when main refuses', async () => {
    storeHarness({ refuse: ['blockedSet'] });
    const store = useBlockedStore();
    expect(await store.block(callee)).toBe('APP_INTERNAL');
    expect(store.has(callee)).toBe(false);
    expect(store.problem).toBe('APP_INTERNAL');
  });

  it('do not fall back to an older list that comes late', async () => {
    const { main } = storeHarness({ people: { blocked: [caller] } });
    const store = useBlockedStore();
    main.events.emit('blockedChanged', [callee]);
    await Promise.resolve();
    await Promise.resolve();
    expect(store.ids).toEqual([callee]);
  });
});

describe('presence', () => {
  it('is offline until somebody lets us see more', async () => {
    storeHarness({ people: { presence: { [caller]: 'inCall' } } });
    const store = usePresenceStore();
    expect(store.stateOf(caller)).toBe('offline');
    await expect.poll(() => store.stateOf(caller)).toBe('inCall');
    expect(store.stateOf(callee)).toBe('offline');
  });

  it('follows events, also those that come before the list', async () => {
    const { main } = storeHarness({ people: { presence: { [caller]: 'online', [callee]: 'online' } } });
    const store = usePresenceStore();
    main.events.emit('presenceChanged', { id: caller, state: 'offline' });
    await expect.poll(() => store.stateOf(callee)).toBe('online');
    expect(store.stateOf(caller)).toBe('offline');
    main.events.emit('presenceChanged', { id: caller, state: 'doNotDisturb' });
    expect(store.stateOf(caller)).toBe('doNotDisturb');
  });
});

describe('own devices', () => {
  it('are this one and the others, connected ones first', async () => {
    storeHarness({ people: { ownDevices: sampleOwnDevices(1_000) } });
    const store = useOwnDevicesStore();
    await expect.poll(() => store.self?.name).toBe('Desktop');
    expect(store.others.map(({ deviceId }) => deviceId)).toEqual([deviceIdOf(2), deviceIdOf(3)]);
  });

  it('have a name, or none while they have not said it', async () => {
    storeHarness({ people: { ownDevices: sampleOwnDevices(1_000) } });
    const store = useOwnDevicesStore();
    await expect.poll(() => store.nameOf(deviceIdOf(2))).toContain('Laptop');
    expect(store.nameOf(deviceIdOf(3))).toBeUndefined();
    expect(store.nameOf(deviceIdOf(9))).toBeUndefined();
  });

  it('are renamed and signed out', async () => {
    storeHarness({ people: { ownDevices: sampleOwnDevices(1_000) } });
    const store = useOwnDevicesStore();
    expect(await store.rename(deviceIdOf(3), 'Old computer')).toBe(true);
    expect(store.nameOf(deviceIdOf(3))).toBe('Old computer');
    expect(await store.signOut(deviceIdOf(3))).toBe(true);
    expect(store.others).toHaveLength(1);
  });

  it('say why they could not be signed out', async () => {
    storeHarness({ refuse: ['ownDeviceSignOut'] });
    const store = useOwnDevicesStore();
    expect(await store.signOut(deviceIdOf(3))).toBe(false);
    expect(store.problem).toBe('APP_INTERNAL');
  });
});
