import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testDeviceId, testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';
import { TestServer } from '#tests/support/testServer.ts';

let server: TestServer;

beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(async () => server.stop());

/** Logs in again as the same device with the token of the session before. */
async function resume(client: ProtocolClient, seq: number): Promise<ProtocolClient> {
  const { identity, deviceId } = client;
  return server.login({ identity, deviceId, resume: { session: client.ready.session, seq } });
}

const boxes = (client: ProtocolClient): string[] => client.deliveries.map(({ box }) => box);

describe('a box', () => {
  test('arrives with the sender that the server stamped, and the receipt names the device', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    const receipt = await alice.deliver(bob.id, { box: 'c2VhbGVk', ref: 'one' });
    expect(receipt).toEqual({ type: 'receipt', ref: 'one', devices: [bob.deviceId], stored: false });
    expect(await bob.next('deliver')).toEqual({
      type: 'deliver',
      from: alice.id,
      fromDevice: alice.deviceId,
      box: 'c2VhbGVk',
      at: server.clock.now(),
      seq: 1,
    });
  });

  test('cannot carry a sender that the client chose', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    const forged = { from: testIdentity().id, fromDevice: testDeviceId() };
    alice.send({ type: 'send', ref: 'r', to: bob.id, box: 'YQ', ttl: 0, ...forged });
    expect(await bob.next('deliver')).toMatchObject({ from: alice.id, fromDevice: alice.deviceId });
  });

  test('goes to every device of an id, or to the one that is named', async () => {
    const [alice, phone] = [await server.login(), await server.login()];
    const desk = await server.login({ identity: phone.identity });
    const toAll = await alice.deliver(phone.id, { box: 'YWxs' });
    expect(new Set(toAll.devices)).toEqual(new Set([phone.deviceId, desk.deviceId]));
    const toOne = await alice.deliver(phone.id, { box: 'b25l', device: desk.deviceId });
    expect(toOne.devices).toEqual([desk.deviceId]);
    await Promise.all([phone.settle(), desk.settle()]);
    expect(boxes(phone)).toEqual(['YWxs']);
    expect(boxes(desk)).toEqual(['YWxs', 'b25l']);
  });

  test('to the own id goes to the other devices only', async () => {
    const phone = await server.login();
    const desk = await server.login({ identity: phone.identity });
    expect((await phone.deliver(phone.id)).devices).toEqual([desk.deviceId]);
    await phone.settle();
    expect(phone.deliveries).toEqual([]);
  });

  test('to the very device it comes from is refused', async () => {
    const client = await server.login();
    client.send({ type: 'send', ref: 'me', to: client.id, device: client.deviceId, box: 'YQ', ttl: 0 });
    expect(await client.next('error')).toEqual({ type: 'error', ref: 'me', code: 'selfAddressed' });
    await client.settle();
  });

  test('for somebody who is not there reaches nobody', async () => {
    const client = await server.login();
    expect(await client.deliver(testIdentity().id)).toMatchObject({ devices: [], stored: false });
  });

  test('of the largest size arrives whole', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    const box = 'x'.repeat(64_000);
    await alice.deliver(bob.id, { box });
    expect((await bob.next('deliver')).box).toBe(box);
  });

  test('follows the ones sent before it', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    const sent = Array.from({ length: 100 }, (_, index) => `box${index}`);
    for (const box of sent) {
      alice.send({ type: 'send', ref: box, to: bob.id, box, ttl: 30 });
    }
    await alice.next('receipt', ({ ref }) => ref === 'box99');
    await bob.settle();
    expect(boxes(bob)).toEqual(sent);
    expect(bob.deliveries.map(({ seq }) => seq)).toEqual(sent.map((_, index) => index + 1));
  });
});

describe('a key', () => {
  test('is told for everybody who ever logged in, online or not', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    await bob.close();
    alice.send({ type: 'key.get', ref: 'k', id: bob.id });
    expect(await alice.next('key')).toEqual({
      type: 'key',
      ref: 'k',
      id: bob.id,
      publicKey: bob.identity.publicKey,
    });
  });

  test('of an id that never logged in is unknown', async () => {
    const client = await server.login();
    const { id } = testIdentity();
    client.send({ type: 'key.get', ref: 'k', id });
    expect(await client.next('unknown')).toEqual({ type: 'unknown', ref: 'k', id });
  });
});

describe('a dropped device', () => {
  test('resumes its session and gets what it did not acknowledge, in order, under the same numbers', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    for (const box of ['one', 'two', 'three']) {
      await alice.deliver(bob.id, { box });
    }
    bob.ack(1);
    await bob.settle();
    await bob.drop();
    await server.noticed(1);
    const waiting = await alice.deliver(bob.id, { box: 'four' });
    expect(waiting).toMatchObject({ devices: [], stored: true });

    const again = await resume(bob, 1);
    expect(again.ready).toMatchObject({ resumed: true, session: bob.ready.session });
    await again.settle();
    expect(again.deliveries.map(({ seq, box }) => [seq, box])).toEqual([
      [2, 'two'],
      [3, 'three'],
      [4, 'four'],
    ]);
  });

  test('says what arrived when it resumes, even if its ack was lost', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    await alice.deliver(bob.id, { box: 'one' });
    await alice.deliver(bob.id, { box: 'two' });
    await bob.drop();
    const again = await resume(bob, 2);
    await again.settle();
    expect(again.deliveries).toEqual([]);
  });

  test('counts on from where it was', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    await alice.deliver(bob.id);
    await bob.drop();
    const again = await resume(bob, 1);
    await alice.deliver(bob.id);
    expect((await again.next('deliver')).seq).toBe(2);
  });

  test('finds its session at the end of the window, and not after it', async () => {
    const [first, second] = [await server.login(), await server.login()];
    await Promise.all([first.drop(), second.drop()]);
    await server.noticed(0);
    await server.clock.advance(29_000);
    expect((await resume(first, 0)).ready.resumed).toBe(true);
    await server.clock.advance(1_000);
    expect((await resume(second, 0)).ready.resumed).toBe(false);
  });

  test('is offline again when the window is over', async () => {
    const [alice, bob] = [await server.login({ autoPong: true }), await server.login()];
    await bob.drop();
    await server.noticed(1);
    expect((await alice.deliver(bob.id)).stored).toBe(true);
    for (let second = 0; second < 31; second++) {
      await server.clock.advance(1_000);
      await alice.settle();
    }
    expect(await alice.deliver(bob.id)).toMatchObject({ devices: [], stored: false });
  });

  test('misses what was not worth keeping so long', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    await alice.deliver(bob.id, { box: 'unacked', ttl: 5 });
    await bob.drop();
    await server.noticed(1);
    expect((await alice.deliver(bob.id, { box: 'never', ttl: 0 })).stored).toBe(false);
    expect((await alice.deliver(bob.id, { box: 'short', ttl: 5 })).stored).toBe(true);
    expect((await alice.deliver(bob.id, { box: 'long', ttl: 20 })).stored).toBe(true);
    await server.clock.advance(6_000);
    const again = await resume(bob, 0);
    await again.settle();
    expect(boxes(again)).toEqual(['long']);
  });

  test('that comes back without its token begins anew and gets nothing of the old session', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    await bob.drop();
    await server.noticed(1);
    await alice.deliver(bob.id);
    const { identity, deviceId } = bob;
    const stranger = await server.login({
      identity,
      deviceId,
      resume: { session: 'A'.repeat(32), seq: 0 },
    });
    await stranger.settle();
    expect(stranger.ready).toMatchObject({ resumed: false });
    expect(stranger.ready.session).not.toBe(bob.ready.session);
    expect(stranger.deliveries).toEqual([]);
  });

  test('resumes although the server has not noticed that the old socket is dead', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    await alice.deliver(bob.id, { box: 'one' });
    const again = await resume(bob, 0);
    expect(again.ready.resumed).toBe(true);
    expect((await again.next('deliver')).box).toBe('one');
    expect((await bob.closed).code).toBe(4409);
    expect((await alice.deliver(bob.id, { box: 'two' })).devices).toEqual([bob.deviceId]);
  });

  test('has only so much kept for it', async () => {
    const small = await TestServer.start({ limits: { unackedMessages: 3 } });
    const [alice, bob] = [await small.login(), await small.login()];
    await bob.drop();
    await small.noticed(1);
    for (let index = 0; index < 3; index++) {
      expect((await alice.deliver(bob.id)).stored).toBe(true);
    }
    alice.send({ type: 'send', ref: 'more', to: bob.id, box: 'YQ', ttl: 30 });
    expect(await alice.next('error')).toEqual({ type: 'error', ref: 'more', code: 'rateLimited' });
    await small.stop();
  });
});

describe('a clean goodbye', () => {
  test('ends the session at once', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    await bob.close();
    await server.noticed(1);
    expect(await alice.deliver(bob.id)).toMatchObject({ devices: [], stored: false });
    expect((await resume(bob, 0)).ready.resumed).toBe(false);
  });
});

describe('a ref sent again', () => {
  test('gets the same receipt and is not delivered twice', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    const first = await alice.deliver(bob.id, { ref: 'same', box: 'one' });
    await bob.close();
    await server.noticed(1);
    expect(await alice.deliver(bob.id, { ref: 'same', box: 'one' })).toEqual(first);
    expect(boxes(bob)).toEqual(['one']);
  });

  test('is known in a resumed session too', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    alice.send({ type: 'send', ref: 'lost', to: bob.id, box: 'one', ttl: 30 });
    await bob.next('deliver');
    await alice.drop();
    const again = await resume(alice, 0);
    expect((await again.deliver(bob.id, { ref: 'lost', box: 'one' })).devices).toEqual([bob.deviceId]);
    await bob.settle();
    expect(bob.deliveries).toEqual([]);
  });

  test('is forgotten after a minute', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    await alice.deliver(bob.id, { ref: 'old' });
    for (let second = 0; second < 61; second++) {
      await server.clock.advance(1_000);
      await Promise.all([alice.settle(), bob.settle()]);
    }
    await alice.deliver(bob.id, { ref: 'old' });
    await bob.settle();
    expect(bob.deliveries).toHaveLength(2);
  });

  test('is another one in another session', async () => {
    const [alice, carol, bob] = [await server.login(), await server.login(), await server.login()];
    await alice.deliver(bob.id, { ref: 'r', box: 'a' });
    await carol.deliver(bob.id, { ref: 'r', box: 'c' });
    expect(boxes(bob)).toEqual(['a', 'c']);
  });
});

describe('an ack', () => {
  test('for something that was never sent closes with badFrame', async () => {
    const client = await server.login();
    client.ack(1);
    expect(await client.closed).toEqual({ code: 4400, reason: 'badFrame' });
  });

  test('may come twice, or late', async () => {
    const [alice, bob] = [await server.login(), await server.login()];
    await alice.deliver(bob.id);
    await alice.deliver(bob.id);
    bob.ack(2);
    bob.ack(2);
    bob.ack(1);
    await bob.settle();
  });
});

test('receipts that wait for company still come, and in order', async () => {
  const patient = await TestServer.start({ limits: { receiptDelayMs: 40 } });
  const [alice, bob] = [await patient.login(), await patient.login()];
  alice.send({ type: 'send', ref: 'a', to: bob.id, box: 'YQ', ttl: 0 });
  alice.send({ type: 'send', ref: 'é', to: bob.id, box: 'Yg', ttl: 0 });
  await bob.next('deliver', ({ box }) => box === 'Yg');
  await patient.clock.advance(40);
  expect((await alice.next('receipt')).ref).toBe('a');
  expect((await alice.next('receipt')).ref).toBe('é');
  await patient.stop();
});
