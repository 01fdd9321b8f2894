import { describe, expect, it } from 'vitest';
import { natKindOf, type SeenAddress } from './NatProbe.ts';

const host: SeenAddress = {
  type: 'host',
  address: '192.168.0.2',
  port: 5_000,
  relatedAddress: null,
  relatedPort: null,
};
const seen = (port: number, relatedPort: number | null = 5_000): SeenAddress => ({
  type: 'srflx',
  address: '203.0.113.7',
  port,
  relatedAddress: relatedPort === null ? null : '192.168.0.2',
  relatedPort,
});

describe('the kind of router', () => {
  it.each([
    ['open', 'no server sees another address than the own', [host], 2, true],
    ['steady', 'two servers see the same address', [host, seen(7_000)], 2, true],
    ['changing', 'two servers see two ports', [host, seen(7_000), seen(7_001)], 2, true],
    ['changing', 'two servers see two ports, whatever a third does', [seen(7_000), seen(7_001)], 3, false],
    ['behind', 'one server alone was asked', [host, seen(7_000)], 1, true],
    ['behind', 'only one of two has answered', [host, seen(7_000)], 2, false],
    ['behind', 'the local port is not told', [host, seen(7_000, null), seen(7_001, null)], 2, true],
    ['steady', 'two interfaces have an address each', [host, seen(7_000), seen(7_001, 5_001)], 2, true],
    ['unknown', 'nobody has answered', [host], 2, false],
    ['unknown', 'nobody was asked', [host], 0, true],
    ['unknown', 'there is no address at all', [], 2, true],
  ] as const)('is %s when %s', (kind, _when, candidates, servers, complete) => {
    expect(natKindOf({ candidates, servers, complete })).toBe(kind);
  });
});
