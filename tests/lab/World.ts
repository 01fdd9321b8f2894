import { z } from 'zod';
import { plans, type Family, type Plan } from './addresses.ts';
import type { Namespaces } from './Namespaces.ts';
import { coreRules, countingRules, routerRules, type RouterRules, type Wire } from './rules.ts';

export type Side = 'a' | 'b';

/** How a world is wired; what its routers do can change while it runs. */
export interface Wiring {
  readonly family: Family;
  /** Both sides behind the caller's router. */
  readonly oneLan: boolean;
}

const counters = z.object({
  nftables: z.array(z.object({ counter: z.object({ name: z.string(), packets: z.number() }).optional() })),
});

/** Room for what waits in a slow router, milliseconds. */
const QUEUE_MS = 300;

/**
 * A small internet: a core, a host with the servers, a router and behind it a computer for each side (`a` calls,
 * `b` is called), and a second router that the caller's computer has a cable to which is not up. Namespaces are
 * called `core`, `servers`, `router-a`, `a` and so on.
 */
export class World {
  readonly plan: Plan;
  readonly #wiring: Wiring;
  readonly #namespaces: Namespaces;

  constructor(wiring: Wiring, namespaces: Namespaces) {
    this.#wiring = wiring;
    this.#namespaces = namespaces;
    this.plan = plans[wiring.family];
  }

  build(): void {
    const { plan } = this;
    const net = this.#namespaces;
    const routers = ['a', 'b', 'c'] as const;
    for (const role of ['core', 'servers', 'a', 'b', ...routers.map((name) => `router-${name}`)]) {
      net.add(role);
    }
    this.#forwardIn('core');
    net.ip('core', [
      'link add out type bridge',
      'link set out up',
      `address add ${plan.core}/${plan.bits} dev out`,
    ]);
    this.#plug('core', 'out', 'servers', 'eth0');
    const address = (text: string): string => `address add ${text}/${plan.bits} dev eth0`;
    net.ip('servers', [
      ...[plan.signaling, ...plan.relays].map(address),
      // Without it the relay's first packet to a private candidate fails, and nothing between relays connects.
      `route add default via ${plan.core}`,
    ]);
    for (const name of routers) {
      this.#router(name);
    }
    const { oneLan } = this.#wiring;
    this.#computer('a', 'a', plan.behind.a.first);
    this.#computer('b', oneLan ? 'a' : 'b', oneLan ? plan.behind.a.second : plan.behind.b.first);
    this.#plug('router-c', 'lan', 'a', 'eth1');
    net.ip('a', ['link set eth1 down']);
  }

  /** What the routers do from now on. */
  rule(rules: Readonly<Record<Side, RouterRules>>): void {
    const { family } = this.#wiring;
    this.#namespaces.nft('core', coreRules(family, rules.a.nat === 'none' && rules.b.nat === 'none'));
    this.ruleRouter('a', rules.a);
    this.ruleRouter('b', rules.b);
    this.#namespaces.nft('router-c', routerRules({ nat: rules.a.nat }));
  }

  ruleRouter(side: Side, rules: RouterRules): void {
    const role = `router-${side}`;
    this.#namespaces.nft(role, routerRules(rules));
    const { upKbit } = rules;
    const queue =
      upKbit === undefined
        ? ['pfifo']
        : ['tbf', 'rate', `${upKbit}kbit`, 'burst', '4kb', 'latency', `${QUEUE_MS}ms`];
    this.#namespaces.exec(role, 'tc', ['qdisc', 'replace', 'dev', 'wan', 'root', ...queue]);
  }

  /** Begins to count what leaves the computers, from nothing. */
  countFromNow(): void {
    const { family, oneLan } = this.#wiring;
    for (const side of ['a', 'b'] as const) {
      this.#namespaces.nft(side, countingRules(family, side, oneLan));
    }
  }

  /** What has left a computer since `countFromNow`. */
  wire(side: Side): Wire {
    const text = this.#namespaces.exec(side, 'nft', ['-j', 'list', 'counters']);
    const found = new Map(
      counters.parse(JSON.parse(text)).nftables.map(({ counter }) => [counter?.name, counter?.packets]),
    );
    const packets = (name: keyof Wire): number => {
      const value = found.get(name);
      if (value === undefined) {
        throw new Error(`packets ${name} of ${side} are not counted`);
      }
      return value;
    };
    return {
      toPeer: packets('toPeer'),
      toServers: packets('toServers'),
      lookups: packets('lookups'),
      elsewhere: packets('elsewhere'),
    };
  }

  unplugCaller(): void {
    this.#namespaces.ip('a', ['link set eth0 down']);
  }

  /** The caller's other interface comes up, with an address and a way out. */
  plugCallerElsewhere(): void {
    const { first, router } = this.plan.behind.c;
    this.#namespaces.ip('a', [
      'link set eth1 up',
      `address add ${first}/${this.plan.bits} dev eth1`,
      `route add default via ${router}`,
    ]);
  }

  #forwardIn(role: string): void {
    this.#namespaces.exec(role, 'sysctl', [
      '-qw',
      'net.ipv4.ip_forward=1',
      'net.ipv6.conf.all.forwarding=1',
      'net.ipv4.conf.all.send_redirects=0',
      'net.ipv4.conf.default.send_redirects=0',
    ]);
  }

  /** A cable from a bridge to an interface. */
  #plug(switchRole: string, bridge: string, role: string, device: string): void {
    const port = `to-${role}`;
    this.#namespaces.connect([switchRole, port], [role, device]);
    this.#namespaces.ip(switchRole, [`link set ${port} master ${bridge}`, `link set ${port} up`]);
    this.#namespaces.ip(role, [`link set ${device} up`]);
  }

  #router(name: 'a' | 'b' | 'c'): void {
    const role = `router-${name}`;
    const { bits, core, routers, behind } = this.plan;
    this.#forwardIn(role);
    this.#plug('core', 'out', role, 'wan');
    this.#namespaces.ip(role, [
      `address add ${routers[name]}/${bits} dev wan`,
      `route add default via ${core}`,
      'link add lan type bridge',
      'link set lan up',
      `address add ${behind[name].router}/${bits} dev lan`,
    ]);
    this.#namespaces.ip('core', [`route add ${behind[name].network} via ${routers[name]}`]);
  }

  #computer(role: Side, behind: 'a' | 'b', address: string): void {
    this.#plug(`router-${behind}`, 'lan', role, 'eth0');
    this.#namespaces.ip(role, [
      `address add ${address}/${this.plan.bits} dev eth0`,
      `route add default via ${this.plan.behind[behind].router}`,
    ]);
  }
}
