import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { EngineBrowser } from '#tests/support/engine/browser.ts';

/** Routers as two STUN servers see them, asked by real Chromium. */

let browser: EngineBrowser;
let page: Page;

beforeAll(async () => {
  browser = await EngineBrowser.launch();
  page = await browser.page();
}, 60_000);

afterAll(async () => {
  await browser.close();
});

interface Seen {
  readonly address: string;
  readonly port: number;
}

const cookie = 0x2112a442;

/** A success response with XOR-MAPPED-ADDRESS of IPv4 (RFC 8489, sections 5 and 14.2). */
function response(request: Buffer, { address, port }: Seen): Buffer {
  const answer = Buffer.alloc(32);
  answer.writeUInt16BE(0x0101, 0);
  answer.writeUInt16BE(12, 2);
  request.copy(answer, 4, 4, 20);
  answer.writeUInt16BE(0x0020, 20);
  answer.writeUInt16BE(8, 22);
  answer.writeUInt16BE(1, 24);
  answer.writeUInt16BE(port ^ (cookie >>> 16), 26);
  const bytes = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  answer.writeUInt32BE((bytes ^ cookie) >>> 0, 28);
  return answer;
}

/** A STUN server that sees whatever the router in between is said to make of an address. */
async function stun(seenAs: (from: RemoteInfo) => Seen): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (request, from) => {
    socket.send(response(request, seenAs(from)), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return `stun:127.0.0.1:${socket.address().port}`;
}

const probe = async (...servers: readonly string[]) =>
  page.evaluate(async (urls) => window.harness.probeNat(urls), servers);

/** The router keeps the port and shows one address. */
const steady = ({ port }: RemoteInfo): Seen => ({ address: '203.0.113.7', port });

describe('the kind of router', () => {
  it('is steady where two servers see the same address', async () => {
    expect(await probe(await stun(steady), await stun(steady))).toBe('steady');
  });

  it('is changing where each server sees another port', async () => {
    const other = ({ port }: RemoteInfo): Seen => ({ address: '203.0.113.7', port: (port % 60_000) + 1_024 });
    expect(await probe(await stun(steady), await stun(other))).toBe('changing');
  });

  it('is not told by one server alone', async () => {
    expect(await probe(await stun(steady))).toBe('behind');
  });

  it('is unknown where nobody answers', async () => {
    expect(await probe('stun:127.0.0.1:1')).toBe('unknown');
  });

  it('is unknown, and no failure, for an address that the browser refuses', async () => {
    expect(await probe('nonsense')).toBe('unknown');
  });
});
