import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { FakeSockets } from '#tests/support/main/FakeSockets.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { toBase64url } from '../../src/main/services/identity/keys.ts';
import { SignalingClient } from '../../src/main/services/signaling/SignalingClient.ts';

const frameCount = 100_000;
const nonce = 'B'.repeat(43);

it(`the client survives ${frameCount} random and mutated frames, and can log in after each`, async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
  console.log(`client fuzz: FUZZ_SEED=${seed}`);
  const [identity, peer] = [await makeIdentity(), await makeIdentity()];
  const sockets = new FakeSockets();
  const client = new SignalingClient({
    identity,
    url: 'ws://127.0.0.1:7480',
    connect: sockets.connect,
    clock: new FakeClock(),
    logger: testLogger().logger.child('fuzz'),
    random: () => 0,
    signedOut: { has: () => false, add: () => undefined },
  });
  const ready = {
    type: 'ready',
    id: identity.id,
    session: 'A'.repeat(32),
    resumed: true,
    time: 0,
    limits: { frameBytes: 65_536, messagesPerSecond: 50, resumeSeconds: 30 },
  };
  const valid = [
    ready,
    { type: 'challenge', nonce },
    { type: 'deliver', from: peer.id, fromDevice: peer.deviceId, box: 'AAAA', at: 0, seq: 1 },
    { type: 'receipt', ref: '1', devices: [peer.deviceId], stored: true },
    { type: 'key', ref: '1', id: peer.id, publicKey: toBase64url(peer.keys.publicKey) },
    { type: 'unknown', ref: '1', id: peer.id },
    { type: 'done', ref: '1' },
    { type: 'mail', mail: '1-a', from: peer.id, fromDevice: peer.deviceId, box: 'AAAA', at: 0 },
    { type: 'presence', id: peer.id, state: 'online' },
    { type: 'devices', ref: '1', devices: [{ deviceId: peer.deviceId, since: 0 }] },
    { type: 'error', ref: '1', code: 'rateLimited' },
  ].map((message) => Buffer.from(JSON.stringify(message)));
  const mutation = fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.nat({ max: 6 }));
  const mutated = fc
    .tuple(fc.constantFrom(...valid), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([bytes, mutations]) =>
      mutations.reduce((text, [at, piece, cut]) => {
        const from = at % (text.byteLength + 1);
        return Buffer.concat([text.subarray(0, from), piece, text.subarray(from + cut)]);
      }, bytes),
    );
  const frame = fc.oneof(
    { arbitrary: mutated, weight: 6 },
    { arbitrary: fc.constantFrom(...valid), weight: 2 },
    { arbitrary: fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)), weight: 1 },
    { arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)), weight: 1 },
  );

  const login = (): void => {
    client.retry();
    sockets.all.splice(0, sockets.all.length - 1);
    sockets.last.open();
    sockets.last.say({ type: 'challenge', nonce });
    sockets.last.sayBytes(Buffer.from(JSON.stringify(ready)));
  };
  client.start();
  login();
  let dropped = 0;
  fc.assert(
    fc.property(frame, fc.integer({ min: 0, max: 99 }), (bytes, chance) => {
      sockets.last.sayBytes(bytes, chance === 0);
      if (client.state.phase !== 'online') {
        expect(client.state).toMatchObject({ phase: 'offline', reason: 'SIGNALING_PROTOCOL' });
        dropped += 1;
        login();
      }
      expect(client.state.phase).toBe('online');
    }),
    { seed, numRuns: frameCount, endOnFailure: true },
  );
  // Were nothing dropped, the frames would not have been what they are meant to be.
  expect(dropped).toBeGreaterThan(frameCount / 10);
  client.close();
});
