/** First byte of an unfragmented text frame: FIN and opcode 1 (RFC 6455 section 5.2). */
const finalText = 0x81;
/** Longest payload whose length fits into the second byte; 126 there means that two more follow. */
const shortest = 125;
const twoByteLength = 126;

/** Longest payload of a frame made here, bytes: what two bytes of length can say. */
export const longestText = 65_535;

function frameSize(text: string): number {
  const length = Buffer.byteLength(text);
  if (length > longestText) {
    throw new RangeError(`a text of ${length} bytes does not fit`);
  }
  return length + (length > shortest ? 4 : 2);
}

/** Writes one frame at `offset`, `size` bytes in all; returns where the next one goes. */
function putFrame(bytes: Buffer, offset: number, text: string, size: number): number {
  bytes[offset] = finalText;
  let payload = offset + 2;
  if (size > shortest + 2) {
    const length = size - 4;
    bytes[offset + 1] = twoByteLength;
    bytes[offset + 2] = length >> 8;
    bytes[offset + 3] = length & 0xff;
    payload = offset + 4;
  } else {
    bytes[offset + 1] = size - 2;
  }
  bytes.write(text, payload);
  return offset + size;
}

/** Unmasked text frames, as a server sends them: `before` in order, then `text`. */
export function encodeTextFrames(before: readonly string[], text: string): Buffer {
  const lastSize = frameSize(text);
  const beforeSize = before.reduce((sum, each) => sum + frameSize(each), 0);
  const bytes = Buffer.allocUnsafe(beforeSize + lastSize);
  let offset = 0;
  for (const each of before) {
    offset = putFrame(bytes, offset, each, frameSize(each));
  }
  putFrame(bytes, offset, text, lastSize);
  return bytes;
}
