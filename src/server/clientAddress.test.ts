import { expect, test } from 'vitest';
import { addressKey, clientAddress, plainAddress } from './clientAddress.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s is counted under %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test('an IPv4 client of an IPv6 socket and a zone lose their decoration', () => {
  expect(plainAddress('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(plainAddress('fe80::1%eth0')).toBe('fe80::1');
});

test('X-Forwarded-For is ignored unless the proxy is trusted', () => {
  const request = { remoteAddress: '192.0.2.1', forwardedFor: '198.51.100.9' };
  expect(clientAddress({ ...request, trustProxy: false })).toBe('192.0.2.1');
  expect(clientAddress({ ...request, trustProxy: true })).toBe('198.51.100.9');
});

test('only the entry that the trusted proxy appended counts', () => {
  const request = { remoteAddress: '127.0.0.1', forwardedFor: '10.9.9.9, 198.51.100.9', trustProxy: true };
  expect(clientAddress(request)).toBe('198.51.100.9');
  expect(clientAddress({ ...request, forwardedFor: 'nonsense' })).toBe('127.0.0.1');
});
