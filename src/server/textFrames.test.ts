import { createHash } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { encodeTextFrames, longestText } from './textFrames.ts';

/** Reads frames with the other implementation at hand: the one that clients use. */
async function read(bytes: Buffer, count: number): Promise<string[]> {
  const texts: string[] = [];
  const server = createServer((stream) => {
    stream.once('data', (request) => {
      const key = /Sec-WebSocket-Key: (\S+)/i.exec(request.toString())?.[1] ?? '';
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      stream.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      stream.write(bytes);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  await new Promise<void>((resolve) => {
    client.on('message', (data) => {
      if (texts.push((data as Buffer).toString()) === count) {
        resolve();
      }
    });
  });
  client.terminate();
  server.close();
  return texts;
}

test.each([0, 1, 125, 126, 127, 3_000, longestText])('a text of %i bytes is read back', async (length) => {
  expect(await read(encodeTextFrames(['x'.repeat(length)]), 1)).toEqual(['x'.repeat(length)]);
});

test('several texts are read back in order, whatever their alphabet', async () => {
  const texts = ['one', 'é'.repeat(100), '\u{1F600}'.repeat(40), '', 'last'];
  expect(await read(encodeTextFrames(texts), texts.length)).toEqual(texts);
});

test.each([2, 125, 126, longestText])('pieces of %i bytes follow the texts as one', async (length) => {
  const box = 'x'.repeat(length - 2);
  expect(await read(encodeTextFrames(['é'], '<', box, '>'), 2)).toEqual(['é', `<${box}>`]);
});

test('a text that is too long is refused', () => {
  expect(() => encodeTextFrames([], 'x'.repeat(longestText + 1))).toThrow(RangeError);
});
