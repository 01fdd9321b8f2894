import type { PeerId } from '#shared/identity/peerId.ts';
import type { BookEntry, PresenceState } from '#shared/protocol/messages.ts';
import type { CountedNode } from './nodeSuite.ts';
import { testIdentity, type LoginOptions, type ProtocolClient } from './protocolClient.ts';

export const someone = (): PeerId => testIdentity().id;

export const show = async (client: ProtocolClient, state: PresenceState) =>
  client.request({ type: 'presence.set', state });

export const watch = async (client: ProtocolClient, ids: readonly PeerId[], first = true) =>
  client.request({ type: 'presence.watch', first, ids: [...ids] });

export const allow = async (client: ProtocolClient, id: PeerId, may: BookEntry['may'] | null) =>
  client.request({ type: 'book.change', entries: [{ id, may }] });

/** What a client logs in with to go on with its session. */
export const resumption = ({ identity, deviceId, ready }: ProtocolClient): LoginOptions => ({
  identity,
  deviceId,
  resume: { session: ready.session, seq: 0 },
});

/** What a client was told, oldest first, taken out of what it received. */
export function told(client: ProtocolClient): [PeerId, PresenceState][] {
  const news = client.received.filter((message) => message.type === 'presence');
  client.received.splice(
    0,
    client.received.length,
    ...client.received.filter(({ type }) => type !== 'presence'),
  );
  return news.map(({ id, state }) => [id, state]);
}

/** Nodes whose time passes together. */
export class NodeTime {
  readonly #nodes: () => readonly CountedNode[];

  constructor(nodes: () => readonly CountedNode[]) {
    this.#nodes = nodes;
  }

  /** Lets everything settle that is on its way between nodes, without time passing. */
  async settle(...clients: readonly ProtocolClient[]): Promise<void> {
    for (let round = 0; round < 4; round++) {
      await Promise.all(this.#nodes().map(async ({ server }) => server.clock.flush()));
      await Promise.all(clients.map(async (client) => client.settle()));
    }
  }

  /** Lets `ms` milliseconds pass on all nodes. */
  async pass(ms: number, ...clients: readonly ProtocolClient[]): Promise<void> {
    await this.settle(...clients);
    await Promise.all(this.#nodes().map(async ({ server }) => server.clock.advance(ms)));
    await this.settle(...clients);
  }
}

/** Somebody at `node` who lets `watcher` see whether it is online. */
export async function friendOf(
  watcher: PeerId,
  node: CountedNode,
  options: LoginOptions = {},
): Promise<ProtocolClient> {
  const friend = await node.server.login(options);
  await allow(friend, watcher, 'see');
  return friend;
}
