import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock, type Clock } from '#shared/clock.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { ReceivedCallMessage } from '#shared/ipc/contract.ts';
import type { LogRecord } from '#shared/logging.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { createPost, type Post } from '../../../src/main/post.ts';
import { BlockList } from '../../../src/main/services/contacts/BlockList.ts';
import { CallGate } from '../../../src/main/services/contacts/CallGate.ts';
import { ContactBook } from '../../../src/main/services/contacts/ContactBook.ts';
import { CallHistory } from '../../../src/main/services/history/CallHistory.ts';
import type { Identity } from '../../../src/main/services/identity/IdentityStore.ts';
import type { CallCourier } from '../../../src/main/services/signaling/CallCourier.ts';
import type { RefusalCause } from '../../../src/main/services/signaling/Refusals.ts';
import { Sealer } from '../../../src/main/services/signaling/Sealer.ts';
import { SeenInvites } from '../../../src/main/services/signaling/SeenInvites.ts';
import { SignalingClient } from '../../../src/main/services/signaling/SignalingClient.ts';
import { SignedOutServers } from '../../../src/main/services/signaling/SignedOutServers.ts';
import { connectWs } from '../../../src/main/services/signaling/wsSocket.ts';
import { Database } from '../../../src/main/services/storage/Database.ts';
import { SettingsStore } from '../../../src/main/services/storage/SettingsStore.ts';
import { makeIdentity } from './makeIdentity.ts';
import { tempFolder } from './tempFolder.ts';

export interface TestPeer {
  readonly identity: Identity;
  /** Where everything of this peer is kept; another peer may go on from it after `close`. */
  readonly folder: string;
  readonly client: SignalingClient;
  readonly post: Post;
  readonly courier: CallCourier;
  readonly contacts: ContactBook;
  readonly blocks: BlockList;
  readonly history: CallHistory;
  readonly settings: SettingsStore;
  readonly sealer: Sealer;
  readonly received: readonly ReceivedCallMessage[];
  readonly refused: readonly RefusalCause[];
  /** How many boxes were refused so far, for a cause. */
  readonly refusals: (cause: RefusalCause) => number;
  readonly states: readonly SignalingState[];
  readonly logs: readonly LogRecord[];
  /** Resolves with the state once it is the wanted one, also when it already is. */
  readonly reach: (phase: SignalingState['phase']) => Promise<SignalingState>;
  readonly close: () => Promise<void>;
}

/** The half of main that knows people, on a real socket and real files; closed when the test is over. */
export async function makePeer(options: {
  readonly url: string;
  readonly identity?: Identity;
  readonly folder?: string;
  readonly hostName?: string;
  readonly clock?: Clock;
}): Promise<TestPeer> {
  const identity = options.identity ?? (await makeIdentity());
  const folder = options.folder ?? (await tempFolder());
  const { logger, records } = testLogger();
  const clock = options.clock ?? systemClock;
  const now = () => clock.now();
  const { id, deviceId } = identity;

  const database = new Database({ path: join(folder, 'peerline.db'), copies: folder, now, logger });
  const opened = database.open();
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  const settings = new SettingsStore({ path: join(folder, 'settings.json'), now, logger });
  const contacts = new ContactBook({ self: id, database, now, logger });
  const blocks = new BlockList({ self: id, database, now, logger });
  const gate = new CallGate({ blocks, book: contacts, callsFrom: () => settings.value.callsFrom });
  const mayRing = (peer: PeerId): boolean => gate.admits(peer);
  const history = new CallHistory({ self: deviceId, database, mayRing, now, logger });
  const invites = new SeenInvites({ path: join(folder, 'seen.json'), now, logger });
  const signedOut = new SignedOutServers({ deviceId, path: join(folder, 'signed-out.json'), now, logger });
  await Promise.all([settings.load(), invites.load(), signedOut.load()]);
  contacts.start();
  blocks.start();

  const client = new SignalingClient({
    identity,
    url: options.url,
    connect: connectWs,
    clock,
    logger,
    random: () => 0,
    signedOut,
  });
  const post = createPost({
    identity,
    client,
    invites,
    settings,
    people: {
      database,
      book: contacts,
      blocks,
      history,
      gate,
    },
    platform: 'linux',
    hostName: options.hostName ?? 'test-computer',
    clock,
    logger,
  });
  const received: ReceivedCallMessage[] = [];
  const refused: RefusalCause[] = [];
  const states: SignalingState[] = [];
  post.courier.on('message', (message) => received.push(message));
  post.refusals.onNotable((cause) => refused.push(cause));
  client.on('state', (state) => states.push(state));
  const close = async (): Promise<void> => {
    post.close();
    client.close();
    await Promise.all([invites.settled(), signedOut.settled()]);
    database.close();
  };
  onTestFinished(close);
  const reach = async (phase: SignalingState['phase']): Promise<SignalingState> =>
    new Promise((resolve) => {
      if (client.state.phase === phase) {
        resolve(client.state);
        return;
      }
      const off = client.on('state', (state) => {
        if (state.phase === phase) {
          off();
          resolve(state);
        }
      });
    });
  return {
    ...{ identity, folder, client, post, courier: post.courier, contacts, blocks, history, settings },
    ...{ sealer: new Sealer({ keys: identity.keys }), received, refused, states, logs: records },
    refusals: (cause) => post.refusals.count(cause),
    reach,
    close,
  };
}
