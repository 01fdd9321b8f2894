import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { decodeFrame } from '#shared/protocol/codec.ts';
import { clientMessageSchema, serverMessageSchema } from '#shared/protocol/messages.ts';
import { subprotocol } from '#shared/protocol/version.ts';
import { ProtocolClient, testDeviceId, testIdentity } from '#tests/support/protocolClient.ts';
import { TestServer } from '#tests/support/testServer.ts';
import { systemClock } from '#shared/clock.ts';

const frames = 100_000;
/** `FUZZ_SEED=N` repeats a run. */
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
console.info(`serverFuzz: seed ${seed}`);

const { id, publicKey } = testIdentity();
const deviceId = testDeviceId();

/** Good messages of both directions: what mutations start from. */
const goodMessages: readonly object[] = [
  { type: 'hello', publicKey, deviceId },
  { type: 'hello', publicKey, deviceId, resume: { session: 'A'.repeat(32), seq: 3 } },
  { type: 'auth', signature: 'A'.repeat(86), audience: 'localhost:7480' },
  { type: 'send', ref: 'r1', to: id, box: 'c2VhbGVk', ttl: 30 },
  { type: 'send', ref: 'r2', to: id, device: deviceId, box: 'x'.repeat(300), ttl: 0 },
  { type: 'ack', seq: 0 },
  { type: 'key.get', ref: 'r3', id },
  { type: 'mail.put', ref: 'r4', to: id, box: 'c2VhbGVk' },
  { type: 'mail.ack', mail: ['b3BhcXVl', 'aWQ'] },
  { type: 'devices.get', ref: 'r5' },
  { type: 'devices.end', ref: 'r6', device: deviceId },
  { type: 'book.put', ref: 'r7', first: true, last: true, others: 'call', entries: [{ id, may: 'see' }] },
  { type: 'book.change', ref: 'r8', entries: [{ id, may: null }] },
  { type: 'presence.set', ref: 'r9', state: 'inCall' },
  { type: 'presence.watch', ref: 'r10', first: true, ids: [id] },
  { type: 'turn.get', ref: 'r11' },
  { type: 'challenge', nonce: 'A'.repeat(43) },
  { type: 'receipt', ref: 'r1', devices: [deviceId], stored: false },
  { type: 'deliver', from: id, fromDevice: deviceId, box: 'YQ', at: 1, seq: 1 },
  { type: 'key', ref: 'r3', id, publicKey },
  {
    type: 'turn',
    ref: 'r11',
    servers: [
      { urls: ['turn:relay.example:3478'], username: '1767229200:AAECAwQFBgcICQoL', credential: 'c' },
    ],
    ttl: 3_600,
  },
  { type: 'error', ref: 'r1', code: 'rateLimited' },
];

const good = fc.constantFrom(...goodMessages).map((message) => Buffer.from(JSON.stringify(message)));

/** A good frame with some bytes replaced, cut out or repeated. */
const mutated = fc
  .tuple(
    good,
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 3 })), { minLength: 1, maxLength: 4 }),
  )
  .map(([frame, edits]) =>
    edits.reduce((bytes, [where, value, how]) => {
      const at = bytes.length === 0 ? 0 : where % bytes.length;
      const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
      switch (how) {
        case 0:
          return Buffer.concat([before, Buffer.of(value), after.subarray(1)]);
        case 1:
          return Buffer.concat([before, after.subarray(1 + (value % 16))]);
        case 2:
          return Buffer.concat([before, Buffer.of(value), after]);
        default:
          return Buffer.concat([before, after, after]);
      }
    }, frame),
  );

/** A good message with one field of some other kind. */
const wrongField = fc
  .tuple(fc.constantFrom(...goodMessages), fc.nat(), fc.jsonValue({ maxDepth: 2 }))
  .map(([message, which, value]) => {
    const keys = Object.keys(message);
    return Buffer.from(JSON.stringify({ ...message, [keys[which % keys.length] ?? 'type']: value }));
  });

const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const json = fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text));
const nested = fc.nat({ max: 2_000 }).map((depth) => Buffer.from('[{"a":'.repeat(depth)));

const anyFrame = fc.oneof(
  { weight: 5, arbitrary: mutated },
  { weight: 3, arbitrary: wrongField },
  { weight: 2, arbitrary: noise },
  { weight: 2, arbitrary: json },
  { weight: 1, arbitrary: good },
  { weight: 1, arbitrary: nested },
);

/** Distinct random frames, made in portions so that the memory of making them is bounded. */
function* randomFrames(count: number): Generator<Buffer> {
  const portion = 5_000;
  for (let made = 0; made < count; made += portion) {
    yield* fc.sample(anyFrame, { numRuns: Math.min(portion, count - made), seed: seed + made });
  }
}

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({
    clock: systemClock,
    limits: {
      messagesPerSecond: 1_000_000,
      burst: 1_000_000,
      connectionsPerAddress: 10_000,
      loginBurst: 1_000_000,
    },
  });
});
afterAll(async () => server.stop());

const atOnce = 16;

/**
 * One connection, logged in or not, for one frame: the first bad frame ends a connection, so a second one on
 * it might never be read.
 */
async function fuzzConnection(frame: Buffer, loggedIn: boolean): Promise<void> {
  const socket = loggedIn
    ? (await server.login()).socket
    : new WebSocket(server.url, [subprotocol], { perMessageDeflate: false });
  socket.removeAllListeners('message');
  socket.on('error', () => undefined);
  const ended = new Promise((resolve) => socket.once('close', resolve));
  if (socket.readyState !== WebSocket.OPEN) {
    await new Promise((resolve) => socket.once('open', resolve));
  }
  socket.send(frame, { binary: false });
  // Read in order, so the frame has been dealt with when this one makes the server close.
  socket.send('', { binary: true });
  await ended;
}

test('a running server survives 100,000 random and mutated frames, and serves its clients meanwhile and after', async () => {
  const [alice, bob] = [await server.login(), await server.login()];
  const source = randomFrames(frames);
  let sent = 0;
  const work = async (): Promise<void> => {
    for (let next = source.next(); next.done !== true; next = source.next()) {
      sent += 1;
      await fuzzConnection(next.value, sent % 16 === 0);
    }
  };
  const state = { working: true };
  const serving = (async () => {
    while (state.working) {
      expect((await alice.deliver(bob.id)).devices).toEqual([bob.deviceId]);
      bob.ack((await bob.next('deliver')).seq);
    }
  })();
  await Promise.all(Array.from({ length: atOnce }, work));
  state.working = false;
  await serving;
  expect(sent).toBe(frames);
  expect((await alice.deliver(bob.id, { box: 'c3RpbGw' })).devices).toEqual([bob.deviceId]);
  await bob.next('deliver', ({ box }) => box === 'c3RpbGw');
  expect((await server.login()).ready.resumed).toBe(false);
  expect(server.log.records.filter(({ level }) => level === 'error')).toEqual([]);
}, 180_000);

test("the server's parsers never throw on 100,000 random and mutated frames", () => {
  let accepted = 0;
  for (const frame of randomFrames(frames)) {
    accepted += decodeFrame(frame, clientMessageSchema).ok ? 1 : 0;
  }
  expect(accepted).toBeGreaterThan(1_000);
  expect(accepted).toBeLessThan(frames / 2);
});

test("the client's parser never throws on 100,000 random and mutated frames", () => {
  let accepted = 0;
  for (const frame of randomFrames(frames)) {
    const result = decodeFrame(frame, serverMessageSchema);
    accepted += result.ok ? 1 : 0;
  }
  // Some are good on purpose: a parser that refuses everything would be of no use.
  expect(accepted).toBeGreaterThan(1_000);
  expect(accepted).toBeLessThan(frames / 2);
});

test('frames that are good at the wrong time change nothing for others', async () => {
  const client = new ProtocolClient(server.url);
  await client.opened();
  client.send({ type: 'ack', seq: 0 });
  expect((await client.closed).code).toBe(4400);
});
