import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { profilePaths } from '../../src/main/services/profilePaths.ts';
import { ensureCommand } from '../../scripts/support/packages.ts';
import { labBrowser } from './browser.ts';
import { isSteady } from './measure.ts';
import { Namespaces } from './Namespaces.ts';
import { PeerComputer } from './PeerComputer.ts';
import { hasPath, resultOf, type Paths, type Result } from './result.ts';
import { RunningCall } from './RunningCall.ts';
import type { Scenario } from './scenarios.ts';
import { relayCertificate, Servers } from './servers.ts';
import { World, type Side } from './World.ts';

/** Everything that stands between two calls that can follow each other in it. */
interface Stage {
  readonly scenario: Scenario;
  readonly world: World;
  readonly servers: Servers;
  readonly computers: Readonly<Record<Side, PeerComputer>>;
  readonly ids: Readonly<Record<Side, string>>;
}

/** The whole time that a call has to show its first picture on both sides: the app gives up after 20 s. */
const CONNECT_MS = 25_000;
/** From there being a way out again: the app gives up after a minute. */
const BACK_MS = 65_000;
/** After media are back they are listened to a little longer, to know that they stay. */
const STEADY_MS = 3_000;
const POLL_MS = 250;
/** ICE goes over to a better path when it has proved itself; packets that were late may have put it off. */
const PATH_MS = 10_000;

/** Makes worlds and calls in them. `close()` removes everything, also when it is called in the middle. */
export class Laboratory {
  readonly #namespaces = new Namespaces();
  readonly #folder: string;
  readonly #browser: Promise<string>;
  #stage: Stage | undefined;
  #stages = 0;

  constructor() {
    for (const [command, debianPackage] of [
      ['nft', 'nftables'],
      ['tc', 'iproute2'],
      ['openssl', 'openssl'],
    ] as const) {
      ensureCommand(command, debianPackage);
    }
    Namespaces.removeLeftovers();
    this.#folder = mkdtempSync(join(tmpdir(), 'peerline-lab-'));
    this.#browser = labBrowser(this.#folder, relayCertificate(this.#folder));
  }

  async run(scenario: Scenario): Promise<Result> {
    const stage = await this.#stageFor(scenario);
    try {
      const result = await this.#call(stage, scenario);
      if (!result.connected || scenario.meanwhile !== undefined) {
        await this.#leave();
      }
      return result;
    } catch (error) {
      await this.#leave();
      throw error;
    }
  }

  /** Synchronous, because the process may be about to end. Idempotent. */
  close(): void {
    this.#stage = undefined;
    this.#namespaces.remove();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The one that stands where the scenario fits into it; people need not start their apps again. */
  async #stageFor(scenario: Scenario): Promise<Stage> {
    const stands = this.#stage;
    const fits =
      stands !== undefined &&
      (['wiring', 'relays', 'relayOnly', 'contacts'] as const).every(
        (key) => stands.scenario[key] === scenario[key],
      );
    if (fits) {
      stands.world.rule(scenario);
      return stands;
    }
    await this.#leave();
    this.#stage = await this.#enter(scenario);
    return this.#stage;
  }

  async #enter(scenario: Scenario): Promise<Stage> {
    this.#stages += 1;
    const folder = join(this.#folder, String(this.#stages));
    const namespaces = this.#namespaces;
    const world = new World(scenario.wiring, namespaces);
    world.build();
    world.rule(scenario);
    const servers = new Servers({
      plan: world.plan,
      relays: scenario.relays,
      namespaces,
      folder: this.#folder,
    });
    await servers.start();
    const browser = await this.#browser;
    const computer = (side: Side) => new PeerComputer({ side, namespaces, browser });
    const computers = { a: computer('a'), b: computer('b') };
    const open = async (side: Side): Promise<string> => {
      const own = join(folder, side);
      mkdirSync(own, { recursive: true });
      const settings = { locale: 'en', network: { relayOnly: scenario.relayOnly } };
      writeFileSync(profilePaths(own, undefined).settings, JSON.stringify(settings));
      return String(await computers[side].ask({ type: 'open', folder: own, server: servers.url }));
    };
    const [a, b] = await Promise.all([open('a'), open('b')]);
    if (scenario.contacts) {
      await Promise.all([
        computers.a.ask({ type: 'addContact', id: b, name: 'callee' }),
        computers.b.ask({ type: 'addContact', id: a, name: 'caller' }),
      ]);
    }
    return { scenario, world, servers, computers, ids: { a, b } };
  }

  async #leave(): Promise<void> {
    const stage = this.#stage;
    this.#stage = undefined;
    if (stage !== undefined) {
      await Promise.all([stage.computers.a.stop(), stage.computers.b.stop()]);
      await stage.servers.stop();
    }
    this.#namespaces.remove();
  }

  async #call({ world, servers, computers, ids }: Stage, scenario: Scenario): Promise<Result> {
    const { a, b } = computers;
    world.countFromNow();
    await Promise.all([a.ask({ type: 'ready' }), b.ask({ type: 'ready' })]);
    await Promise.all([a.forget(), b.forget()]);
    await a.ask({ type: 'dial', id: ids.b });
    await b.ask({ type: 'waitForRinging' });
    // People do not answer at once either; a call that may connect while it rings has the time for it.
    await delay(1_500);
    await b.ask({ type: 'accept' });
    const connected = await until(CONNECT_MS, async () => {
      const seen = await Promise.all([a.observation(), b.observation()]);
      return seen.every(({ firstFrameAt }) => firstFrameAt !== null)
        ? 'yes'
        : seen.some(({ endReason }) => endReason !== null)
          ? 'no'
          : undefined;
    });
    const look = async () => ({ a: await a.path(), b: await b.path() });
    let paths = await look();
    let wayOutAt: number | undefined;
    if (connected === 'yes') {
      await delay(scenario.seconds * 1_000);
      paths = await this.#settledPaths(look, scenario);
      if (scenario.meanwhile !== undefined) {
        wayOutAt = await scenario.meanwhile(new RunningCall({ world, servers, computers }));
        await this.#watchReturn(computers, wayOutAt);
      }
    }
    const [seenA, seenB] = await Promise.all([a.observation(), b.observation()]);
    const result = resultOf(scenario, {
      seen: { a: seenA, b: seenB },
      paths,
      pathAfter: wayOutAt === undefined ? undefined : await a.path(),
      wire: { a: world.wire('a'), b: world.wire('b') },
      wayOutAt,
    });
    if (scenario.meanwhile === undefined && result.connected) {
      await a.ask({ type: 'hangUp' });
      await Promise.all([a.ask({ type: 'close' }), b.ask({ type: 'close' })]);
    }
    return result;
  }

  /** The paths as they are once they are of the wanted kind, or as they are in the end. */
  async #settledPaths(look: () => Promise<Paths>, { bars }: Scenario): Promise<Paths> {
    let paths = await look();
    await until(PATH_MS, async () => {
      paths = await look();
      return hasPath(paths, bars.path) ? 'settled' : undefined;
    });
    return paths;
  }

  /** Until sound and picture have come for a while on both sides, or the call is over. */
  async #watchReturn(computers: Stage['computers'], since: number): Promise<void> {
    await delay(STEADY_MS);
    await until(BACK_MS, async () => {
      const seen = await Promise.all([computers.a.observation(), computers.b.observation()]);
      return seen.some(({ endReason }) => endReason !== null) ||
        seen.every((side) => isSteady(side.samples, since, STEADY_MS))
        ? 'done'
        : undefined;
    });
  }
}

async function until<T>(limitMs: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > end) {
      return found;
    }
    await delay(POLL_MS);
  }
}
