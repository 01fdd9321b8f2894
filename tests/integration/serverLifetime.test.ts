import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { SignalingServer } from '#server/SignalingServer.ts';
import { startTestServer } from '#tests/support/startTestServer.ts';
import { TestServer } from '#tests/support/testServer.ts';

describe('a dead socket', () => {
  test('is noticed within 15 seconds, and its session waits', async () => {
    const server = await startTestServer();
    const alice = await server.login();
    const bob = await server.login({ autoPong: false });
    const { box } = { box: 'YQ' };
    for (let second = 0; second < 15; second++) {
      await server.clock.advance(1_000);
      await alice.settle();
    }
    await server.noticed(1);
    expect(server.server.stats.deadSockets).toBe(1);
    expect(await alice.deliver(bob.id, { box })).toMatchObject({ devices: [], stored: true });
  });

  test('is not mistaken for one that only listens and answers pings', async () => {
    const server = await startTestServer();
    const listener = await server.login();
    for (let second = 0; second < 60; second++) {
      const pinged = second > 0 && second % 6 === 0;
      await server.clock.advance(1_000);
      if (pinged) {
        await server.clock.flush();
      }
      // A ping of the client's own is answered after the pong that it sent before: both have arrived.
      const answered = new Promise((resolve) => listener.socket.once('pong', resolve));
      if (second % 4 === 0) {
        listener.socket.ping();
        await answered;
      }
    }
    await listener.settle();
  });

  test('is pinged once it has been silent for 5 seconds', async () => {
    const server = await startTestServer();
    const client = await server.login();
    const pinged = new Promise((resolve) => client.socket.once('ping', resolve));
    await server.clock.advance(5_000);
    await pinged;
  });
});

describe('draining', () => {
  test('tells every client to go elsewhere, and is done when they are gone', async () => {
    const server = await startTestServer();
    const [client, unauthenticated] = [await server.login(), server.client()];
    await unauthenticated.opened();
    await server.server.close();
    expect(await client.closed).toEqual({ code: 4503, reason: 'goingAway' });
    expect((await unauthenticated.closed).code).toBe(4503);
    expect(server.server.phase).toBe('closed');
    expect(server.clock.pendingTimers).toBe(0);
  });

  test('does not wait for a client that does not answer', async () => {
    const server = await startTestServer({ limits: { closeGraceMs: 2_000 } });
    const client = await server.login();
    client.socket.pause();
    const closed = server.server.close();
    await server.clock.advance(2_000);
    await closed;
  });

  test('may be asked for twice, and before the start', async () => {
    const server = await startTestServer();
    await Promise.all([server.server.close(), server.server.close()]);
    expect((await server.server.start()).ok).toBe(false);
  });
});

describe('the port', () => {
  test('that another program has is a result, not an exception', async () => {
    const first = await startTestServer();
    await expect(TestServer.start({ port: first.port })).rejects.toThrow('EADDRINUSE');
    const second = new SignalingServer({ logger: first.log.logger, port: first.port });
    expect(await second.start()).toMatchObject({ ok: false, error: { code: 'SERVER_PORT_IN_USE' } });
    expect(second.phase).toBe('closed');
  });

  test('answers plain HTTP with 426', async () => {
    const server = await startTestServer();
    const status = await new Promise((resolve) => {
      request({ port: server.port, path: '/' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(426);
  });
});
