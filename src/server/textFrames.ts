/** First byte of an unfragmented text frame: FIN and opcode 1 (RFC 6455 section 5.2). */
const finalText = 0x81;
/** A ping without payload, as a server sends it (RFC 6455 section 5.5.2). */
export const pingFrame = Buffer.from([0x89, 0x00]);

/** Longest payload whose length fits into the second byte; 126 there means that two more follow. */
const shortest = 125;
const twoByteLength = 126;

/** Longest payload of a frame made here, bytes: what two bytes of length can say. */
export const longestText = 65_535;

const headerSize = (length: number): number => (length > shortest ? 4 : 2);

/** Returns where the payload goes. */
function putHeader(bytes: Buffer, offset: number, length: number): number {
  bytes[offset] = finalText;
  if (length <= shortest) {
    bytes[offset + 1] = length;
    return offset + 2;
  }
  bytes[offset + 1] = twoByteLength;
  bytes[offset + 2] = length >> 8;
  bytes[offset + 3] = length & 0xff;
  return offset + 4;
}

/**
 * Unmasked text frames, as a server sends them: one for each of `texts`, then one of `pieces` joined, if there
 * are any. Pieces must be ASCII: measuring a long text in UTF-8 costs more than writing it.
 */
export function encodeTextFrames(texts: readonly string[], ...pieces: readonly string[]): Buffer {
  let size = 0;
  for (const text of texts) {
    const length = Buffer.byteLength(text);
    size += headerSize(length) + length;
  }
  let joined = 0;
  for (const piece of pieces) {
    joined += piece.length;
  }
  if (joined > longestText) {
    throw new RangeError(`a text of ${joined} bytes does not fit`);
  }
  const bytes = Buffer.allocUnsafe(joined === 0 ? size : size + headerSize(joined) + joined);
  let offset = 0;
  for (const text of texts) {
    offset = putHeader(bytes, offset, Buffer.byteLength(text));
    offset += bytes.write(text, offset);
  }
  if (joined > 0) {
    offset = putHeader(bytes, offset, joined);
    for (const piece of pieces) {
      offset += bytes.write(piece, offset, 'latin1');
    }
  }
  return bytes;
}
