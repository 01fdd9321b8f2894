import { plans, type Family, type Plan } from './addresses.ts';

/** What a router does with packets between its people and the outside. */
export interface RouterRules {
  /**
   * `none`: it passes everything on. `portRestricted`: one port outside for each socket inside, and only who was
   * written to may write back. `symmetric`: the same with another port for each destination. IPv6 is never
   * translated, but guarded in the same way.
   */
  readonly nat: 'none' | 'portRestricted' | 'symmetric';
  /** `allBut443`: nothing but TCP to port 443 gets out. */
  readonly blocks?: 'udp' | 'allBut443' | 'everything';
  /** Of all packets, in each direction. */
  readonly lossPercent?: number;
  /** What it gets out per second, kbit. */
  readonly upKbit?: number;
}

const blocked: Readonly<Record<NonNullable<RouterRules['blocks']>, readonly string[]>> = {
  udp: ['meta l4proto udp drop'],
  allBut443: ['tcp dport 443 accept', 'tcp sport 443 ct state established accept', 'drop'],
  everything: ['drop'],
};

const table = (chains: readonly string[]): string => `table inet lab {\n${chains.join('\n')}\n}`;

const chain = (name: string, hook: string, rules: readonly string[]): string =>
  [` chain ${name} {`, `type ${hook}; policy accept;`, ...rules, '}'].join('\n  ');

/** nftables rules of a router whose interface to the outside is called `wan`. */
export function routerRules({ nat, blocks, lossPercent = 0 }: RouterRules): string {
  const masquerade = nat === 'symmetric' ? 'masquerade random,fully-random' : 'masquerade';
  return table([
    chain('forward', 'filter hook forward priority 0', [
      ...(lossPercent === 0 ? [] : [`numgen random mod 100 < ${lossPercent} drop`]),
      ...(blocks === undefined ? [] : blocked[blocks]),
      ...(nat === 'none' ? [] : ['iifname "wan" ct state new drop']),
    ]),
    // A packet for nobody yet would be taken for the router's own, and its connection tracking would then give the
    // answering side another port: a symmetric NAT by accident.
    chain(
      'own',
      'filter hook input priority 0',
      nat === 'none' ? [] : ['meta l4proto icmpv6 accept', 'iifname "wan" ct state new drop'],
    ),
    chain(
      'leaving',
      'nat hook postrouting priority 100',
      nat === 'none' ? [] : [`oifname "wan" meta nfproto ipv4 ${masquerade}`],
    ),
  ]);
}

/** Between the routers: private addresses lead nowhere, except for answers to who has no router that translates. */
export function coreRules(family: Family, open: boolean): string {
  const { signaling, relays } = plans[family];
  const hidden = `ip daddr 10.0.0.0/8 ip saddr != { ${[signaling, ...relays].join(', ')} } drop`;
  return table([
    chain('forward', 'filter hook forward priority 0', family === 'ipv6' || open ? [] : [hidden]),
  ]);
}

/** Packets that a computer has sent, by whom they were for. */
export interface Wire {
  readonly toPeer: number;
  /** The signaling server and the relays. */
  readonly toServers: number;
  /** Of names: a browser asks for some by itself, of the servers that the machine names. */
  readonly lookups: number;
  readonly elsewhere: number;
}

const of = (plan: Plan, side: 'a' | 'b'): readonly string[] =>
  side === 'a'
    ? [plan.routers.a, plan.routers.c, plan.behind.a.network, plan.behind.c.network]
    : [plan.routers.b, plan.behind.b.network];

/** Counts what leaves the computer of a side. In one LAN the peer is a neighbour. */
export function countingRules(family: Family, side: 'a' | 'b', oneLan: boolean): string {
  const plan = plans[family];
  const peer = oneLan
    ? [side === 'a' ? plan.behind.a.second : plan.behind.a.first]
    : of(plan, side === 'a' ? 'b' : 'a');
  const daddr = family === 'ipv4' ? 'ip daddr' : 'ip6 daddr';
  const count = (addresses: readonly string[], counter: string): string =>
    `${daddr} { ${addresses.join(', ')} } counter name ${counter} accept`;
  return table([
    ' counter toPeer {}\n counter toServers {}\n counter lookups {}\n counter elsewhere {}',
    chain('leaving', 'filter hook output priority 0', [
      'oifname "lo" accept',
      count(peer, 'toPeer'),
      count([plan.signaling, ...plan.relays], 'toServers'),
      // Neighbours looking for each other (ICMPv6) are no traffic of a call.
      'meta l4proto icmpv6 accept',
      'meta l4proto { tcp, udp } th dport 53 counter name lookups accept',
      'counter name elsewhere',
    ]),
  ]);
}
