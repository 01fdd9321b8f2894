import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import type { ReceivedCallMessage } from '#shared/ipc/contract.ts';
import type { LogRecord } from '#shared/logging.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import type { Identity } from '../../../src/main/services/identity/IdentityStore.ts';
import { CallCourier, type RefusalCause } from '../../../src/main/services/signaling/CallCourier.ts';
import { KeyDirectory } from '../../../src/main/services/signaling/KeyDirectory.ts';
import { ReplayGuard } from '../../../src/main/services/signaling/ReplayGuard.ts';
import { Sealer } from '../../../src/main/services/signaling/Sealer.ts';
import { SeenInvites } from '../../../src/main/services/signaling/SeenInvites.ts';
import { SignalingClient } from '../../../src/main/services/signaling/SignalingClient.ts';
import { connectWs } from '../../../src/main/services/signaling/wsSocket.ts';
import { makeIdentity } from './makeIdentity.ts';
import { tempFolder } from './tempFolder.ts';

export interface TestPeer {
  readonly identity: Identity;
  readonly client: SignalingClient;
  readonly courier: CallCourier;
  readonly sealer: Sealer;
  readonly received: readonly ReceivedCallMessage[];
  readonly refused: readonly RefusalCause[];
  readonly states: readonly SignalingState[];
  readonly logs: readonly LogRecord[];
  /** Resolves with the state once it is the wanted one, also when it already is. */
  readonly reach: (phase: SignalingState['phase']) => Promise<SignalingState>;
}

/** The signaling half of main on a real socket; closed when the test is over. */
export async function makePeer(options: {
  readonly url: string;
  readonly identity?: Identity;
}): Promise<TestPeer> {
  const identity = options.identity ?? (await makeIdentity());
  const { logger, records } = testLogger();
  const clock = systemClock;
  const now = () => clock.now();
  const client = new SignalingClient({
    identity,
    url: options.url,
    connect: connectWs,
    clock,
    logger,
    random: () => 0,
  });
  const sealer = new Sealer({ keys: identity.keys });
  const invites = new SeenInvites({ path: join(await tempFolder(), 'seen.json'), now, logger });
  const courier = new CallCourier({
    self: identity.id,
    client,
    directory: new KeyDirectory({ request: async (id) => client.requestKey(id), logger }),
    sealer,
    guard: new ReplayGuard({ invites, now }),
    clock,
    logger,
  });
  const received: ReceivedCallMessage[] = [];
  const refused: RefusalCause[] = [];
  const states: SignalingState[] = [];
  courier.on('message', (message) => received.push(message));
  courier.on('refused', (cause) => refused.push(cause));
  client.on('state', (state) => states.push(state));
  onTestFinished(async () => {
    courier.close();
    client.close();
    await invites.settled();
  });
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
  return { identity, client, courier, sealer, received, refused, states, logs: records, reach };
}
