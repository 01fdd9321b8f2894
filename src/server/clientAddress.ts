import { isIPv4, isIPv6 } from 'node:net';

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** One spelling per address: no zone, no IPv4-mapped IPv6, lower case. */
export function plainAddress(address: string): string {
  const withoutZone = (address.split('%', 1)[0] ?? '').toLowerCase();
  return mapped.exec(withoutZone)?.[1] ?? withoutZone;
}

export const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/**
 * The address a connection is counted under. One household or rented machine has a whole IPv6 /64 (RFC 6177),
 * so that is what counts as one; an IPv4 address counts as itself.
 */
export function addressKey(address: string): string {
  if (!isIPv6(address)) {
    return address;
  }
  const [head = '', tail] = address.split('::', 2);
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array.from({ length: Math.max(0, gap) }, () => '0'), ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/**
 * Who is at the other end. Behind a trusted proxy that is the last entry of X-Forwarded-For: the one that our
 * own proxy appended; everything before it the client may have written itself.
 */
export function clientAddress(request: {
  readonly remoteAddress: string | undefined;
  readonly forwardedFor: string | undefined;
  readonly trustProxy: boolean;
}): string {
  const direct = plainAddress(request.remoteAddress ?? '');
  if (!request.trustProxy || request.forwardedFor === undefined) {
    return direct;
  }
  const last = plainAddress((request.forwardedFor.split(',').at(-1) ?? '').trim());
  return isIPv4(last) || isIPv6(last) ? last : direct;
}
