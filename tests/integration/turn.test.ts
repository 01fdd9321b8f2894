import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import type { IceServer } from '#shared/settings.ts';
import { Coturn, type TurnTransport } from '#tests/support/coturn.ts';
import { EngineBrowser } from '#tests/support/engine/browser.ts';
import { framesGrow, openPair, ring } from '#tests/support/engine/twoWindows.ts';
import { freePort } from '#tests/support/freePort.ts';
import { makePeer } from '#tests/support/main/makePeer.ts';
import { startServer } from '#tests/support/main/startServer.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { CallIce } from '../../src/main/services/ice/CallIce.ts';

/** A real coturn with credentials as the signaling server makes them, and the real engine in real Chromium. */

const transports: readonly TurnTransport[] = ['udp', 'tcp', 'tls'];

let coturn: Coturn;
/** Trusts the certificate that coturn made for itself. */
let browser: EngineBrowser;
let page: Page;

const probe = async (server: IceServer, asker: Page = page) =>
  asker.evaluate(async (wanted) => window.harness.probeIce(wanted), server);

const at = (server: IceServer, url: string): IceServer => ({ ...server, urls: [url] });
const failed = (code: string) => ({ kind: 'failed', code });

/** What the call goes through, and what kinds of addresses the two have told each other. */
async function pathOf(caller: Page) {
  return caller.evaluate(async () => {
    const connection = window.harness.connections.at(-1);
    const reports = [...((await connection?.getStats())?.values() ?? [])] as Record<string, unknown>[];
    const transport = reports.find(({ type }) => type === 'transport');
    const pair = reports.find(({ id }) => id === transport?.selectedCandidatePairId);
    const local = reports.find(({ id }) => id === pair?.localCandidateId);
    const remote = reports.find(({ id }) => id === pair?.remoteCandidateId);
    const types = reports
      .filter(({ type }) => type === 'local-candidate' || type === 'remote-candidate')
      .map(({ candidateType }) => candidateType);
    return {
      local: local?.candidateType,
      remote: remote?.candidateType,
      over: local?.relayProtocol,
      types: [...new Set(types)],
    };
  });
}

async function relayedCall(servers: { readonly a: IceServer; readonly b: IceServer }) {
  const network = { relayOnly: true };
  const pair = await openPair(browser, {
    a: { network, iceServers: [servers.a] },
    b: { network, iceServers: [servers.b] },
  });
  await ring(pair);
  await pair.b.evaluate(() => {
    window.harness.accept(true);
  });
  return pair;
}

/** There is no coturn for Windows. */
describe.skipIf(process.platform === 'win32')('a relay', () => {
  beforeAll(async () => {
    [coturn, browser] = await Promise.all([
      Coturn.start(),
      EngineBrowser.launch([
        '--ignore-certificate-errors',
        // Not every resolver says at once that there is no such name.
        '--host-resolver-rules=MAP relay.invalid ~NOTFOUND',
      ]),
    ]);
    page = await browser.page();
  }, 60_000);

  afterAll(async () => {
    await Promise.all([browser.close(), coturn.stop()]);
  });

  describe('asking a relay', () => {
    it.each(transports)('gets an address of it over %s', async (transport) => {
      expect(await probe(coturn.server(transport))).toMatchObject({
        kind: 'ok',
        family: 'IPv4',
        protocol: transport,
      });
    });

    it('gets an answer of it to a question that any STUN server answers', async () => {
      expect(await probe({ urls: [`stun:127.0.0.1:${coturn.port}`] })).toMatchObject({ kind: 'ok' });
    });

    it.each(transports)('says over %s that the password is wrong', async (transport) => {
      const server = { ...coturn.server(transport), credential: 'wrong' };
      expect(await probe(server)).toEqual(failed('ICE_CREDENTIALS_REFUSED'));
    });

    it('says that the credentials have ended', async () => {
      const ended = coturn.server('udp', { ttlSeconds: 60, agoSeconds: 61 });
      expect(await probe(ended)).toEqual(failed('ICE_CREDENTIALS_EXPIRED'));
    });

    it('says that there is no computer with this name', async () => {
      expect(await probe(at(coturn.server('udp'), 'turn:relay.invalid'))).toEqual(failed('ICE_NOT_FOUND'));
    });

    it('says that nothing answers where nothing is', async () => {
      const place = `127.0.0.1:${await freePort()}`;
      const answers = await Promise.all([
        probe(at(coturn.server('udp'), `turn:${place}`)),
        probe(at(coturn.server('udp'), `turn:${place}?transport=tcp`)),
        probe({ urls: [`stun:${place}`] }),
      ]);
      expect(answers).toEqual(Array(3).fill(failed('ICE_UNREACHABLE')));
    });

    it('does not mistake a TCP server that says something else for a relay', async () => {
      const chatty = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(50));
        socket.on('data', () => socket.write('no TURN '.repeat(500)));
      }).listen(0, '127.0.0.1');
      onTestFinished(() => void chatty.close());
      await once(chatty, 'listening');
      const { port } = chatty.address() as AddressInfo;
      const urls = [`turn:127.0.0.1:${port}?transport=tcp`, `turns:localhost:${port}?transport=tcp`];
      const answers = await Promise.all(urls.map(async (url) => probe(at(coturn.server('tcp'), url))));
      expect(answers).toEqual(Array(2).fill(failed('ICE_UNREACHABLE')));
    });

    it('survives a UDP server that answers garbage, and says that it does not answer', async () => {
      const garbage = createSocket('udp4').bind(0, '127.0.0.1');
      onTestFinished(() => void garbage.close());
      await once(garbage, 'listening');
      garbage.on('message', (question, { address, port }) => {
        // Noise, and what looks like the success of this very question with nonsense in it.
        const answer = Buffer.from(question);
        answer.writeUInt16BE(0x0103, 0);
        answer.fill(0xff, 20);
        garbage.send(Buffer.alloc(500, 'garbage'), port, address);
        garbage.send(answer, port, address);
      });
      const url = `turn:127.0.0.1:${garbage.address().port}`;
      expect(await probe(at(coturn.server('udp'), url))).toEqual(failed('ICE_UNREACHABLE'));
      expect(await probe(coturn.server('udp'))).toMatchObject({ kind: 'ok' });
    });

    it('trusts no certificate over TLS that nobody has signed', async () => {
      const careful = await EngineBrowser.launch();
      onTestFinished(async () => careful.close());
      expect(await probe(coturn.server('tls'), await careful.page())).toEqual(failed('ICE_UNREACHABLE'));
    });
  });

  describe('the relays of a signaling server', () => {
    it('are asked for by main, and taken by coturn, however wrong the clock of this computer is', async () => {
      const urls = transports.map((transport) => coturn.url(transport));
      const { url } = await startServer({ turn: { urls, secret: coturn.secret, ttlSeconds: 600 } });
      const clock = { ...systemClock, now: () => systemClock.now() + 3_600_000 };
      const { client, settings, reach } = await makePeer({ url, clock });
      const ice = new CallIce({ settings, client, clock, logger: testLogger().logger });
      client.start();
      await reach('online');
      const { servers, expiresAt, relays } = await ice.get();
      expect(relays).toBe(1);
      expect(expiresAt).toBeGreaterThan(clock.now() + 590_000);
      const [relay] = servers;
      for (const [index, transport] of transports.entries()) {
        expect(await probe({ ...relay, urls: [urls[index] ?? ''] })).toMatchObject({
          kind: 'ok',
          protocol: transport,
        });
      }
    });
  });

  describe('the relay of docs/self-hosting.md', () => {
    it('is one that coturn takes without complaint, and relays for credentials of the server', async () => {
      const recipe = await readFile(new URL('../../deploy/coturn/turnserver.conf', import.meta.url), 'utf8');
      // What is about one machine comes from the test.
      const own = /^(?:(?:tls-)?listening-port|cert|pkey|realm|log-file)=/;
      const lines = recipe.split('\n').filter((line) => /^[a-z]/.test(line) && !own.test(line));
      expect(lines).toContain('use-auth-secret');
      const relay = await Coturn.start(lines);
      onTestFinished(async () => relay.stop());
      expect(relay.log).not.toMatch(/bad configuration|error:/i);
      expect(relay.log).toContain('Black listing: 10.0.0.0-10.255.255.255');
      const answers = await Promise.all(transports.map(async (transport) => probe(relay.server(transport))));
      expect(answers.map((answer) => answer.kind === 'ok' && answer.protocol)).toEqual(transports);
    });
  });

  describe('a call through the relay alone', () => {
    it.each(transports)(
      'carries pictures both ways over %s, and tells no other address',
      async (transport) => {
        const { a, b } = await relayedCall({ a: coturn.server(transport), b: coturn.server(transport) });
        await Promise.all([framesGrow(a), framesGrow(b)]);
        for (const caller of [a, b]) {
          expect(await pathOf(caller)).toEqual({
            local: 'relay',
            remote: 'relay',
            over: transport,
            types: ['relay'],
          });
        }
      },
    );

    it('connects where one side gets through by UDP and the other by TLS alone', async () => {
      const { a, b } = await relayedCall({ a: coturn.server('udp'), b: coturn.server('tls') });
      await Promise.all([framesGrow(a), framesGrow(b)]);
      expect([(await pathOf(a)).over, (await pathOf(b)).over]).toEqual(['udp', 'tls']);
    });

    it('goes on when its credentials end, although its place at the relay is then renewed with them', async () => {
      // Half of it is when Chromium renews for the first time; it cannot be made shorter after that.
      const brief = await Coturn.start(['max-allocate-lifetime=12']);
      onTestFinished(async () => brief.stop());
      const [a, b] = [brief.server('udp', { ttlSeconds: 3 }), brief.server('udp', { ttlSeconds: 3 })];
      const renewed = (server: IceServer) =>
        brief.log.includes(
          `refreshed, realm=<peerline.test>, username=<${server.username ?? ''}>, lifetime=600`,
        );
      const call = await relayedCall({ a, b });
      await Promise.all([framesGrow(call.a), framesGrow(call.b)]);
      await expect.poll(async () => probe(a), { timeout: 10_000 }).toEqual(failed('ICE_CREDENTIALS_EXPIRED'));
      expect([renewed(a), renewed(b)]).toEqual([false, false]);
      await expect.poll(() => [renewed(a), renewed(b)], { timeout: 15_000 }).toEqual([true, true]);
      await Promise.all([framesGrow(call.a), framesGrow(call.b)]);
      expect((await pathOf(call.a)).local).toBe('relay');
    });
  });
});
