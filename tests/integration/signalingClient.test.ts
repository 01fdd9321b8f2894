import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { subprotocol } from '#shared/protocol/version.ts';
import { deviceIdSchema } from '#shared/identity/ids.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { makePeer } from '#tests/support/main/makePeer.ts';
import { startServer } from '#tests/support/main/startServer.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A WebSocket server that does what the test says with every socket. */
async function scripted(
  play: (socket: WebSocket) => void,
  handleProtocols: () => string | false = () => subprotocol,
): Promise<string> {
  const http = createHttpServer();
  const sockets = new WebSocketServer({ server: http, handleProtocols });
  sockets.on('connection', play);
  onTestFinished(() => sockets.clients.forEach((socket) => socket.terminate()));
  return `ws://127.0.0.1:${await listen(http)}`;
}

describe('SignalingClient and the server', () => {
  it('logs in', async () => {
    const { url } = await startServer();
    const peer = await makePeer({ url });
    peer.client.start();
    expect(await peer.reach('online')).toMatchObject({ phase: 'online', url });
  });

  it('says that the server is not there, and is back by itself when the server is', async () => {
    const first = await startServer();
    await first.close();
    const peer = await makePeer({ url: first.url });
    peer.client.start();
    expect(await peer.reach('offline')).toMatchObject({ reason: 'SIGNALING_OFFLINE' });
    await startServer({ port: first.port });
    await peer.reach('online');
  });

  it('comes back when the server restarts, and sends what was given to it meanwhile', async () => {
    const first = await startServer();
    const [alice, bob] = [await makePeer({ url: first.url }), await makePeer({ url: first.url })];
    for (const { client, reach } of [alice, bob]) {
      client.start();
      await reach('online');
    }
    await first.close();
    await alice.reach('offline');
    const key = alice.client.requests.key(bob.identity.id);
    await startServer({ port: first.port });
    await Promise.all([alice.reach('online'), bob.reach('online')]);
    // The new server knows bob again as soon as he is in; the question that waited gets an answer either way.
    expect(await key).toMatchObject({ ok: true });
  });

  it('gives its place to a newer connection of the same device and stays away', async () => {
    const { url } = await startServer();
    const identity = await makeIdentity();
    const [old, young] = [await makePeer({ url, identity }), await makePeer({ url, identity })];
    old.client.start();
    await old.reach('online');
    young.client.start();
    await young.reach('online');
    expect(await old.reach('offline')).toMatchObject({ reason: 'SIGNALING_REPLACED', retryAt: null });
  });

  it('lets several devices of one identity be online', async () => {
    const { url } = await startServer();
    const identity = await makeIdentity();
    const other = { ...identity, deviceId: deviceIdSchema.parse(randomBytes(16).toString('base64url')) };
    const peers = [await makePeer({ url, identity }), await makePeer({ url, identity: other })];
    for (const { client, reach } of peers) {
      client.start();
      await reach('online');
    }
    expect(peers.map(({ client }) => client.state.phase)).toEqual(['online', 'online']);
  });

  it('is refused when the key does not fit the signature', async () => {
    const { url } = await startServer();
    const identity = await makeIdentity();
    const { keys } = await makeIdentity();
    const forged = { ...identity, keys: { publicKey: identity.keys.publicKey, privateKey: keys.privateKey } };
    const peer = await makePeer({ url, identity: forged });
    peer.client.start();
    expect(await peer.reach('offline')).toMatchObject({ reason: 'SIGNALING_AUTH_FAILED', retryAt: null });
  });
});

describe('SignalingClient and what is no signaling server', () => {
  it('refuses a certificate that nobody vouches for', async () => {
    const folder = await tempFolder();
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '1',
        ],
        ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
      ],
      { stdio: 'ignore' },
    );
    const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) });
    const peer = await makePeer({ url: `wss://127.0.0.1:${await listen(server)}` });
    peer.client.start();
    expect(await peer.reach('offline')).toMatchObject({ reason: 'SIGNALING_BAD_CERTIFICATE' });
  });

  it('refuses a web server', async () => {
    const web = createHttpServer((_request, response) => response.end('hello'));
    web.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
    );
    const peer = await makePeer({ url: `ws://127.0.0.1:${await listen(web)}` });
    peer.client.start();
    expect(await peer.reach('offline')).toMatchObject({ reason: 'SIGNALING_REFUSED' });
  });

  it('stays away from a server that speaks another protocol', async () => {
    const peer = await makePeer({
      url: await scripted(
        () => undefined,
        () => false,
      ),
    });
    peer.client.start();
    expect(await peer.reach('offline')).toMatchObject({ reason: 'SIGNALING_VERSION', retryAt: null });
  });

  it('refuses TLS where none is spoken', async () => {
    const { port } = await startServer();
    const peer = await makePeer({ url: `wss://127.0.0.1:${port}` });
    peer.client.start();
    expect(await peer.reach('offline')).toMatchObject({ phase: 'offline' });
  });

  it.each<[string, (socket: WebSocket) => void]>([
    ['a frame beyond the limit', (socket) => socket.send('x'.repeat(65_537))],
    ['a binary frame', (socket) => socket.send(Buffer.from('{}'))],
    ['text that is not UTF-8', (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false })],
    ['deep nesting', (socket) => socket.send('[{"a":'.repeat(10_000))],
    ['nonsense', (socket) => socket.send('{"type":"ready"}')],
  ])('drops a server that sends %s, and tries again', async (_, say) => {
    let connections = 0;
    const url = await scripted((socket) => {
      connections += 1;
      say(socket);
    });
    const peer = await makePeer({ url });
    peer.client.start();
    expect(await peer.reach('offline')).toMatchObject({ reason: 'SIGNALING_PROTOCOL' });
    await vi.waitUntil(() => connections >= 2, { timeout: 10_000 });
  });

  it('survives bytes that are no WebSocket at all', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(randomBytes(1_000));
    });
    const peer = await makePeer({ url: `ws://127.0.0.1:${await listen(server)}` });
    peer.client.start();
    expect((await peer.reach('offline')).phase).toBe('offline');
  });
});
