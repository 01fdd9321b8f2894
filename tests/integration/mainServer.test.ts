import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makePeer } from '#tests/support/main/makePeer.ts';
import { startServer } from '#tests/support/main/startServer.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { ProtocolClient, testIdentity } from '#tests/support/protocolClient.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { EmbeddedServer } from '../../src/main/services/server/EmbeddedServer.ts';
import { startSignalingServer } from '../../src/main/services/server/startSignalingServer.ts';

async function embed(folder?: string): Promise<EmbeddedServer> {
  const { logger } = testLogger();
  const start = startSignalingServer({ folder: folder ?? (await tempFolder()), logger });
  const server = new EmbeddedServer({ start, addresses: () => [], logger });
  onTestFinished(async () => server.close());
  return server;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const { port, close } = await startServer();
  await close();
  return port;
}

describe('the signaling server inside the app', () => {
  it('serves two apps on one computer, and survives the one that ran it', async () => {
    const port = await freePort();
    const [first, second] = [await embed(), await embed()];
    await first.apply({ port, openToNetwork: false });
    await second.apply({ port, openToNetwork: false });
    expect([first.state.phase, second.state.phase]).toEqual(['running', 'shared']);

    const peer = await makePeer({ url: `ws://127.0.0.1:${port}` });
    // What main does whenever its connection is lost.
    peer.client.on('state', ({ phase }) => {
      if (phase === 'offline') {
        void second.takeOver().then((started) => started && peer.client.retry());
      }
    });
    peer.client.start();
    await peer.reach('online');
    await first.close();
    await vi.waitUntil(() => second.state.phase === 'running', { timeout: 10_000 });
    await peer.reach('online');
  });

  it('opens to the network and closes again on the same port', async () => {
    const port = await freePort();
    const server = await embed();
    const peer = await makePeer({ url: `ws://127.0.0.1:${port}` });
    for (const openToNetwork of [false, true, false]) {
      await server.apply({ port, openToNetwork });
      expect(server.state.phase).toBe('running');
      peer.client.start();
      await peer.reach('online');
    }
  });

  it('keeps notices while it moves to another port', async () => {
    const folder = await tempFolder();
    const server = await embed(folder);
    const [port, other] = [await freePort(), await freePort()];
    const identity = testIdentity();
    await server.apply({ port, openToNetwork: false });
    const sender = await ProtocolClient.login(`ws://127.0.0.1:${port}`);
    sender.send({ type: 'mail.put', ref: 'm', to: identity.id, box: 'bm90aWNl' });
    await sender.next('done');
    await server.apply({ port: other, openToNetwork: false });
    const there = await ProtocolClient.login(`ws://127.0.0.1:${other}`, { identity });
    expect(await there.next('mail')).toMatchObject({ from: sender.id, box: 'bm90aWNl' });
    await there.close();
  });

  it('runs without a place to keep notices, too', async () => {
    const folder = join(await tempFolder(), 'taken');
    writeFileSync(folder, 'not a folder');
    const server = await embed(folder);
    await server.apply({ port: await freePort(), openToNetwork: false });
    expect(server.state.phase).toBe('running');
  });

  it('says that another program has the port, in whatever way it listens', async () => {
    const { port } = await startServer();
    const server = await embed();
    await server.apply({ port, openToNetwork: true });
    expect(server.state).toEqual({ phase: 'shared', port });
  });
});
