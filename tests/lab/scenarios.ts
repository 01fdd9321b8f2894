import { setTimeout as delay } from 'node:timers/promises';
import type { RunningCall } from './RunningCall.ts';
import type { RouterRules } from './rules.ts';
import type { Wiring } from './World.ts';

/** What has to hold besides that the call connects. */
interface Bars {
  readonly path?: 'direct' | 'relay';
  /** Milliseconds from a way out being there (again) to sound and picture. */
  readonly backMs?: number;
  /** Share of made-up sound, on both sides. */
  readonly concealedPercent?: number;
  /** No packet goes to the peer, and no candidate names an address of this computer. */
  readonly hidden?: boolean;
}

export interface Scenario {
  readonly name: string;
  /** One line for the reader of the table. */
  readonly title: string;
  readonly wiring: Wiring;
  readonly a: RouterRules;
  readonly b: RouterRules;
  readonly relays: 1 | 2;
  /** Both have chosen that media go through a relay alone. */
  readonly relayOnly: boolean;
  /** Both have each other in their address books, so that the call may connect while it rings. */
  readonly contacts: boolean;
  /** How long it is listened to once it is connected, seconds. */
  readonly seconds: number;
  /**
   * What happens in the call. Resolves with when there was a way out again, milliseconds since the epoch.
   */
  readonly meanwhile?: (call: RunningCall) => Promise<number>;
  readonly bars: Bars;
}

const open: RouterRules = { nat: 'none' };
const portRestricted: RouterRules = { nat: 'portRestricted' };
const symmetric: RouterRules = { nat: 'symmetric' };

const routed: Wiring = { family: 'ipv4', oneLan: false };

type Described = Pick<Scenario, 'name' | 'title'> & Partial<Scenario>;

const scenario = (described: Described): Scenario => ({
  wiring: routed,
  a: portRestricted,
  b: portRestricted,
  relays: 1,
  relayOnly: false,
  contacts: true,
  seconds: 6,
  bars: {},
  ...described,
});

/** A direct path may lose so much that a relay answers first, and both will do. */
const loss = (lossPercent: number, bars: Bars = {}): Scenario =>
  scenario({
    name: `loss-${lossPercent}`,
    title: `${lossPercent} % of packets lost, each way`,
    a: { ...portRestricted, lossPercent },
    seconds: 15,
    bars,
  });

const partition = (seconds: number): Scenario =>
  scenario({
    name: `partition-${seconds}`,
    title: `caller cut off for ${seconds} s in the call`,
    meanwhile: async (call) => {
      call.ruleRouter('a', { ...portRestricted, blocks: 'everything' });
      await delay(seconds * 1_000);
      call.ruleRouter('a', portRestricted);
      return Date.now();
    },
  });

/** Everything that `npm run lab` does, in this order; neighbours that fit share their apps. */
export const scenarios: readonly Scenario[] = [
  scenario({ name: 'open', title: 'open network', a: open, b: open, bars: { path: 'direct' } }),
  scenario({ name: 'nat', title: 'port-restricted NAT on both sides', bars: { path: 'direct' } }),
  scenario({
    name: 'symmetric-one',
    title: 'symmetric NAT at the caller, port-restricted at the other',
    a: symmetric,
    bars: { path: 'relay' },
  }),
  scenario({
    name: 'symmetric-both',
    title: 'symmetric NAT on both sides',
    a: symmetric,
    b: symmetric,
    bars: { path: 'relay' },
  }),
  scenario({
    name: 'udp-blocked-one',
    title: 'UDP blocked at the caller',
    a: { ...portRestricted, blocks: 'udp' },
    bars: { path: 'relay' },
  }),
  scenario({
    name: 'udp-blocked-both',
    title: 'UDP blocked on both sides',
    a: { ...portRestricted, blocks: 'udp' },
    b: { ...portRestricted, blocks: 'udp' },
    bars: { path: 'relay' },
  }),
  scenario({
    name: 'only-443',
    title: 'both get out by TCP to port 443 alone',
    a: { ...portRestricted, blocks: 'allBut443' },
    b: { ...portRestricted, blocks: 'allBut443' },
    bars: { path: 'relay' },
  }),
  loss(1),
  loss(5),
  loss(10, { concealedPercent: 10 }),
  loss(20),
  scenario({
    name: 'up-300',
    title: 'caller sends 300 kbit/s at most',
    a: { ...portRestricted, upKbit: 300 },
    seconds: 20,
    bars: { path: 'direct' },
  }),
  scenario({
    name: 'strangers',
    title: 'port-restricted NAT, not in the address book (connects on the answer)',
    contacts: false,
    bars: { path: 'direct' },
  }),
  scenario({
    name: 'relay-only',
    title: 'through the relay alone, by choice',
    relayOnly: true,
    bars: { path: 'relay', hidden: true },
  }),
  scenario({
    name: 'lan',
    title: 'both in one LAN',
    wiring: { family: 'ipv4', oneLan: true },
    bars: { path: 'direct' },
  }),
  scenario({
    name: 'ipv6',
    title: 'IPv6 alone, behind firewalls',
    wiring: { family: 'ipv6', oneLan: false },
    bars: { path: 'direct' },
  }),
  scenario({
    name: 'interface-change',
    title: 'caller goes from cable to another network in the call',
    meanwhile: async (call) => {
      call.unplugCaller();
      await delay(1_000);
      call.plugCallerElsewhere();
      return Date.now();
    },
    bars: { backMs: 2_000 },
  }),
  scenario({
    name: 'relay-killed',
    title: 'relay in use dies in the call, a second one is there',
    a: symmetric,
    b: symmetric,
    relays: 2,
    meanwhile: async (call) => {
      await call.killRelayInUse();
      return Date.now();
    },
    bars: { path: 'relay' },
  }),
  scenario({
    name: 'signaling-killed',
    title: 'signaling server dead for 30 s in the call',
    meanwhile: async (call) => {
      await call.killSignaling();
      await delay(30_000);
      await call.startSignaling();
      return Date.now();
    },
  }),
  partition(3),
  partition(10),
  partition(40),
];
