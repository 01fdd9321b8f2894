/** IPv4 or IPv6 alone: nothing in a world has addresses of both. */
export type Family = 'ipv4' | 'ipv6';

/** Addresses of a world: documentation prefixes (RFC 5737, RFC 3849) outside, private ones (RFC 1918) behind routers. */
export interface Plan {
  readonly bits: number;
  readonly core: string;
  readonly signaling: string;
  readonly relays: readonly [string, string];
  /** Of the routers towards the outside: of each side, and of the caller's second way out. */
  readonly routers: { readonly a: string; readonly b: string; readonly c: string };
  /** What is behind a router: the network, the router's own address in it, and those of computers. */
  readonly behind: {
    readonly a: Lan;
    readonly b: Lan;
    readonly c: Lan;
  };
}

interface Lan {
  readonly network: string;
  readonly router: string;
  readonly first: string;
  readonly second: string;
}

const lan4 = (number: number): Lan => ({
  network: `10.0.${number}.0/24`,
  router: `10.0.${number}.1`,
  first: `10.0.${number}.2`,
  second: `10.0.${number}.3`,
});

const lan6 = (number: number): Lan => ({
  network: `2001:db8:${number}::/64`,
  router: `2001:db8:${number}::1`,
  first: `2001:db8:${number}::2`,
  second: `2001:db8:${number}::3`,
});

export const plans: Readonly<Record<Family, Plan>> = {
  ipv4: {
    bits: 24,
    core: '203.0.113.1',
    signaling: '203.0.113.10',
    relays: ['203.0.113.20', '203.0.113.30'],
    routers: { a: '203.0.113.2', b: '203.0.113.3', c: '203.0.113.4' },
    behind: { a: lan4(1), b: lan4(2), c: lan4(3) },
  },
  ipv6: {
    bits: 64,
    core: '2001:db8::1',
    signaling: '2001:db8::10',
    relays: ['2001:db8::20', '2001:db8::30'],
    routers: { a: '2001:db8::2', b: '2001:db8::3', c: '2001:db8::4' },
    behind: { a: lan6(1), b: lan6(2), c: lan6(3) },
  },
};

/** As it stands in an address with a port. */
export const inUrl = (address: string): string => (address.includes(':') ? `[${address}]` : address);
