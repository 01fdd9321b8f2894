import { randomBytes } from 'node:crypto';
import type { Deliver } from '#shared/protocol/messages.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import type { Identity } from '../../../src/main/services/identity/IdentityStore.ts';
import { SignalingClient } from '../../../src/main/services/signaling/SignalingClient.ts';
import { FakeSockets, type FakeSocket } from './FakeSockets.ts';
import { makeIdentity } from './makeIdentity.ts';

export const url = 'ws://127.0.0.1:7480';
export const token = 'A'.repeat(32);
export const nonce = 'B'.repeat(43);

/** A signaling client whose server and whose time are in the test's hand. */
export async function makeClient(
  options: { readonly url?: string; readonly signedOut?: readonly string[] } = {},
) {
  const signedOut = new Set(options.signedOut);
  const identity = await makeIdentity();
  const peer = await makeIdentity();
  const clock = new FakeClock();
  const sockets = new FakeSockets();
  const client = new SignalingClient({
    identity,
    url: options.url ?? url,
    connect: sockets.connect,
    clock,
    logger: testLogger().logger,
    random: () => 0,
    signedOut,
  });
  const states: SignalingState[] = [];
  client.on('state', (state) => states.push(state));
  return {
    identity,
    peer,
    clock,
    sockets,
    client,
    states,
    signedOut,
    phases: () => states.map(({ phase }) => phase),
  };
}

/** Plays the server of a login on a socket. */
export function admit(
  socket: FakeSocket,
  identity: Identity,
  facts: { resumed?: boolean; time?: number } = {},
): void {
  socket.open();
  socket.say({ type: 'challenge', nonce });
  socket.say({
    type: 'ready',
    id: identity.id,
    session: token,
    resumed: facts.resumed ?? false,
    time: facts.time ?? 0,
    limits: { frameBytes: 65_536, messagesPerSecond: 50, resumeSeconds: 30 },
  });
}

export const deliver = (from: Identity, seq: number): Deliver => ({
  type: 'deliver',
  from: from.id,
  fromDevice: from.deviceId,
  box: randomBytes(60).toString('base64url'),
  at: 0,
  seq,
});
