import { describe, expect, test } from 'vitest';
import { startTestServer } from '#tests/support/startTestServer.ts';

describe('a slow reader', () => {
  test('is dropped with slowReader when its backlog passes the limit, and its session waits', async () => {
    const plenty = 100_000_000;
    const server = await startTestServer({
      limits: {
        backlogBytes: 100_000,
        unackedChars: plenty,
        unackedMessagesPerSender: plenty,
        unackedCharsPerSender: plenty,
      },
    });
    const [alice, bob] = [await server.login(), await server.login()];
    // TCP itself is full before the server's buffer is.
    bob.socket.pause();
    const box = 'x'.repeat(60_000);
    let receipt = await alice.deliver(bob.id, { box });
    for (let index = 0; index < 150 && receipt.devices.length > 0; index++) {
      await server.clock.advance(100);
      receipt = await alice.deliver(bob.id, { box });
    }
    expect(receipt).toMatchObject({ devices: [], stored: true });
    expect(server.server.stats.closes.slowReader).toBe(1);
    // The grace of two seconds, and up to one until the server looks again.
    await server.clock.advance(3_000);
    await server.noticed(1);
  });

  test('that never acknowledges is dropped when it is full and has owed an ack for 10 seconds', async () => {
    const server = await startTestServer({ limits: { unackedMessages: 3 } });
    const [alice, bob] = [await server.login(), await server.login()];
    const deliver = (ref: string): void => {
      alice.send({ type: 'send', ref, to: bob.id, box: 'YQ', ttl: 0 });
    };
    for (const ref of ['1', '2', '3', '4']) {
      deliver(ref);
    }
    expect(await alice.next('error')).toEqual({ type: 'error', ref: '4', code: 'rateLimited' });
    await server.clock.advance(10_000);
    deliver('5');
    await alice.next('error');
    await bob.settle();
    await server.clock.advance(1);
    deliver('6');
    expect(await bob.closed).toEqual({ code: 4504, reason: 'slowReader' });
  });
});

describe('what waits for an ack', () => {
  const largest = 'x'.repeat(64_000);

  test('is refused to its sender when it comes to too much; the recipient stays connected', async () => {
    const server = await startTestServer();
    const [stranger, bob] = [await server.login(), await server.login()];
    for (let index = 0; index < 40; index++) {
      stranger.send({ type: 'send', ref: `${index}`, to: bob.id, box: largest, ttl: 0 });
    }
    expect(await stranger.next('error')).toEqual({ type: 'error', ref: '2', code: 'rateLimited' });
    await stranger.settle();
    await bob.settle();
    expect(bob.deliveries).toHaveLength(2);
    bob.ack(2);
    await bob.settle();
    expect((await stranger.deliver(bob.id, { ref: '2', box: largest })).devices).toEqual([bob.deviceId]);
  });

  test('of one sender leaves room for the others', async () => {
    const server = await startTestServer();
    const [stranger, alice, bob] = [await server.login(), await server.login(), await server.login()];
    for (let index = 0; index < 150; index++) {
      stranger.send({ type: 'send', ref: `${index}`, to: bob.id, box: 'YQ', ttl: 0 });
    }
    expect((await stranger.next('error')).ref).toBe('128');
    expect((await alice.deliver(bob.id, { box: largest })).devices).toEqual([bob.deviceId]);
  });

  test('after a resumption is not held against the device as if it had been there all the time', async () => {
    const server = await startTestServer({ limits: { unackedMessages: 1 } });
    const [alice, bob] = [await server.login(), await server.login()];
    await alice.deliver(bob.id);
    await bob.drop();
    await server.clock.advance(11_000);
    const { identity, deviceId } = bob;
    const again = await server.login({ identity, deviceId, resume: { session: bob.ready.session, seq: 0 } });
    alice.send({ type: 'send', ref: 'more', to: bob.id, box: 'YQ', ttl: 0 });
    await alice.next('error');
    await again.settle();
  });
});
