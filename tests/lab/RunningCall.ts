import type { PeerComputer } from './PeerComputer.ts';
import type { RouterRules } from './rules.ts';
import type { Servers } from './servers.ts';
import type { Side, World } from './World.ts';

/** What can be done to a call from outside while it runs. */
export class RunningCall {
  readonly #world: World;
  readonly #servers: Servers;
  readonly #computers: Readonly<Record<Side, PeerComputer>>;

  constructor(options: {
    readonly world: World;
    readonly servers: Servers;
    readonly computers: Readonly<Record<Side, PeerComputer>>;
  }) {
    this.#world = options.world;
    this.#servers = options.servers;
    this.#computers = options.computers;
  }

  ruleRouter(side: Side, rules: RouterRules): void {
    this.#world.ruleRouter(side, rules);
  }

  unplugCaller(): void {
    this.#world.unplugCaller();
  }

  plugCallerElsewhere(): void {
    this.#world.plugCallerElsewhere();
  }

  async killSignaling(): Promise<void> {
    await this.#servers.signaling.kill();
  }

  async startSignaling(): Promise<void> {
    await this.#servers.signaling.start();
  }

  /** Of the two relays of a path the caller's, or the other one where the caller needs none. */
  async killRelayInUse(): Promise<void> {
    const path = await this.#computers.a.path();
    const relay = [path?.local, path?.remote].find((end) => end?.type === 'relay');
    if (relay === undefined) {
      throw new Error('no relay is in use');
    }
    await this.#servers.killRelay(relay.address);
  }
}
