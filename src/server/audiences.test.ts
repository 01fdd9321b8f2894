import { describe, expect, test } from 'vitest';
import { acceptsAudience, type AudienceFacts } from './audiences.ts';

const local: AudienceFacts = {
  names: [],
  hostname: 'Desk',
  port: 7480,
  localAddress: '127.0.0.1',
  clientAddress: '127.0.0.1',
};
const network: AudienceFacts = { ...local, localAddress: '192.168.1.5', clientAddress: '192.168.1.9' };

describe('without names', () => {
  test.each([
    ['127.0.0.1:7480', local, true],
    ['localhost:7480', local, true],
    ['LOCALHOST:7480', local, true],
    ['[::1]:7480', { ...local, localAddress: '::1', clientAddress: '::1' }, true],
    ['localhost:7481', local, false],
    ['localhost', local, false],
    ['192.168.1.5:7480', network, true],
    ['desk:7480', network, true],
    ['desk.local:7480', network, true],
    ['[fe80::7]:7480', { ...network, localAddress: 'fe80::7' }, true],
    ['192.168.1.6:7480', network, false],
    ['signal.example.org:7480', network, false],
  ])('%s', (audience, facts, accepted) => {
    expect(acceptsAudience(audience, facts)).toBe(accepted);
  });

  test('a loopback name is refused from afar, where it means another machine', () => {
    expect(acceptsAudience('127.0.0.1:7480', network)).toBe(false);
    expect(acceptsAudience('localhost:7480', network)).toBe(false);
  });

  test('a loopback name is refused for a client that a proxy on this machine passes on', () => {
    expect(acceptsAudience('127.0.0.1:7480', { ...local, clientAddress: '198.51.100.9' })).toBe(false);
  });
});

describe('with names', () => {
  const named = { ...network, names: ['Signal.Example.org:443', 'calls.example.org'] };

  test('a name with a port is that port, one without is the port of the server', () => {
    expect(acceptsAudience('signal.example.org:443', named)).toBe(true);
    expect(acceptsAudience('signal.example.org:7480', named)).toBe(false);
    expect(acceptsAudience('calls.example.org:7480', named)).toBe(true);
  });

  test('the addresses of the machine are no names any more, except on the machine itself', () => {
    expect(acceptsAudience('192.168.1.5:7480', named)).toBe(false);
    expect(acceptsAudience('localhost:7480', { ...local, names: named.names })).toBe(true);
  });

  test('an IPv6 address may be given without brackets', () => {
    expect(acceptsAudience('[2001:db8::1]:7480', { ...network, names: ['2001:db8::1'] })).toBe(true);
  });
});
