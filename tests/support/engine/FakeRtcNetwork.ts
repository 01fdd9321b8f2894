import { FakeConnection } from './FakeConnection.ts';

/** All fake connections, joined by what their descriptions name. */
export class FakeRtcNetwork {
  readonly connections: FakeConnection[] = [];
  #counter = 0;
  /** While false no two connections find each other. */
  up = true;

  create(configuration: RTCConfiguration = {}): FakeConnection {
    const connection = new FakeConnection(this, configuration);
    this.connections.push(connection);
    return connection;
  }

  nextUfrag(): string {
    this.#counter += 1;
    return `u${this.#counter}`;
  }

  get open(): number {
    return this.connections.filter(({ signalingState }) => signalingState !== 'closed').length;
  }

  /** Two connections are joined once each has the other's description in force and one of its candidates. */
  join(): void {
    if (!this.up) {
      return;
    }
    for (const one of this.connections) {
      const other = this.connections.find((candidate) => candidate !== one && one.matches(candidate));
      if (other?.matches(one) === true) {
        one.pathStands();
        other.pathStands();
      }
    }
  }

  /** Who closes a connection says so to the other end, where a path stands. */
  leave(connection: FakeConnection): void {
    const other = this.connections.find(
      (candidate) => candidate !== connection && candidate.matches(connection),
    );
    if (this.up && other !== undefined && connection.matches(other)) {
      queueMicrotask(() => other.peerCloses());
    }
  }

  /** The path breaks: every connected pair notices. */
  async breakPath(state: 'disconnected' | 'failed'): Promise<void> {
    this.up = false;
    for (const connection of this.connections) {
      if (connection.connectionState === 'connected' || connection.connectionState === 'disconnected') {
        connection.setState(state);
      }
    }
    await Promise.resolve();
  }
}

export const asConnection = (connection: FakeConnection): RTCPeerConnection =>
  connection as unknown as RTCPeerConnection;
