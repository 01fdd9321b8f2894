import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '#shared/settings.ts';
import { lanAddresses } from './lanAddresses.ts';
import { chooseServer } from './serverChoice.ts';

const { server } = defaultSettings();

describe('chooseServer', () => {
  it('runs its own server by default', () => {
    expect(chooseServer(server, undefined)).toEqual({
      url: 'ws://127.0.0.1:7480',
      own: { port: 7480, openToNetwork: false },
    });
  });

  it('uses the one of the settings, and then runs none', () => {
    const remote = { ...server, mode: 'remote' as const, url: 'wss://signal.example.org' };
    expect(chooseServer(remote, undefined)).toEqual({ url: 'wss://signal.example.org', own: null });
  });

  it('lets the command line win', () => {
    expect(chooseServer(server, 'ws://other:1')).toEqual({ url: 'ws://other:1', own: null });
  });
});

describe('lanAddresses', () => {
  const address = (family: 'IPv4' | 'IPv6', text: string, internal = false) =>
    ({ family, address: text, internal }) as NetworkInterfaceInfo;

  it('lists what others can dial, IPv4 first', () => {
    const interfaces = {
      lo: [address('IPv4', '127.0.0.1', true), address('IPv6', '::1', true)],
      eth0: [address('IPv6', '2001:db8::7'), address('IPv6', 'fe80::1'), address('IPv4', '192.0.2.7')],
      wlan0: [address('IPv4', '169.254.3.4'), address('IPv4', '198.51.100.2')],
      down: undefined,
    };
    expect(lanAddresses(interfaces, 7480)).toEqual([
      'ws://192.0.2.7:7480',
      'ws://198.51.100.2:7480',
      'ws://[2001:db8::7]:7480',
    ]);
  });
});
