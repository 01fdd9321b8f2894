import type { NetworkInterfaceInfo } from 'node:os';
import { beforeEach, expect, it } from 'vitest';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { NetworkWatcher, type NetworkChange } from './NetworkWatcher.ts';

const address = (text: string, internal = false): NetworkInterfaceInfo => ({
  address: text,
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  internal,
  family: 'IPv4',
  cidr: null,
});

let clock: FakeClock;
let interfaces: Record<string, NetworkInterfaceInfo[]>;
let refused: boolean;
let changes: NetworkChange[];
let looks: number;
let watcher: NetworkWatcher;

beforeEach(() => {
  clock = new FakeClock();
  interfaces = { lo: [address('127.0.0.1', true)], cable: [address('192.0.2.7')] };
  refused = false;
  changes = [];
  looks = 0;
  watcher = new NetworkWatcher({
    interfaces: () => {
      looks += 1;
      if (refused) {
        throw new Error('uv_interface_addresses');
      }
      return interfaces;
    },
    onChanged: (change) => changes.push(change),
    clock,
    logger: testLogger().logger,
  });
  watcher.start();
  return () => {
    watcher.close();
    expect(clock.pendingTimers).toBe(0);
  };
});

it('says nothing while nothing changes', async () => {
  await clock.advance(60_000);
  expect(changes).toEqual([]);
});

it('says that an address was lost, and that another one came', async () => {
  interfaces = { lo: interfaces.lo ?? [] };
  await clock.advance(5_000);
  interfaces = { ...interfaces, wireless: [address('198.51.100.7')] };
  await clock.advance(5_000);
  expect(changes).toEqual([{ lost: true }, { lost: false }]);
});

it('counts a move of the same address to another interface', async () => {
  interfaces = { wireless: interfaces.cable ?? [] };
  await clock.advance(5_000);
  expect(changes).toEqual([{ lost: true }]);
});

it.each(['127.0.0.2', '169.254.3.4', 'fe80::1'])('does not care for %s', async (text) => {
  interfaces = { ...interfaces, other: [address(text, text.startsWith('127'))] };
  await clock.advance(10_000);
  expect(changes).toEqual([]);
});

it('looks every half second in a call, and every five without', async () => {
  await clock.advance(10_000);
  expect(looks).toBe(3);
  watcher.setInCall(true);
  await clock.advance(10_000);
  expect(looks).toBe(23);
  watcher.setInCall(false);
  await clock.advance(10_000);
  expect(looks).toBe(25);
});

it('waits out a moment in which the system does not say', async () => {
  refused = true;
  await clock.advance(10_000);
  refused = false;
  await clock.advance(5_000);
  expect(changes).toEqual([]);
  interfaces = { lo: [] };
  await clock.advance(5_000);
  expect(changes).toEqual([{ lost: true }]);
});
