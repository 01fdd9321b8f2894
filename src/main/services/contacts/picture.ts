import { createHash } from 'node:crypto';
import { contactBounds } from '#shared/people/contacts.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

const startsWith = (bytes: Buffer, at: number, text: string): boolean =>
  bytes.toString('latin1', at, at + text.length) === text;

/** JPEG markers without a length (ITU-T T.81, B.1.1.3): TEM, RST0 to RST7, SOI. */
const isBareMarker = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/** Start of frame, the one segment that names the size: SOF0 to SOF15 but for DHT, JPG and DAC. */
const isFrameStart = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

const startOfScan = 0xda;

function jpegSize(bytes: Buffer): Size | undefined {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes.readUInt8(at + 1);
    if (isFrameStart(marker)) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
    if (marker === startOfScan) {
      return undefined;
    }
    // 0xFF before a marker is padding.
    if (marker === 0xff) {
      at += 1;
    } else {
      at += isBareMarker(marker) ? 2 : 2 + bytes.readUInt16BE(at + 2);
    }
  }
  return undefined;
}

/** The first chunk of a WebP file names its size, in one of three forms (RFC 9649, section 2). */
function webpSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 30) {
    return undefined;
  }
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const packed = bytes.readUInt32LE(21);
      return { width: (packed & 0x3fff) + 1, height: ((packed >> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

const isJpeg = (bytes: Buffer): boolean => bytes.length > 3 && bytes.readUIntBE(0, 3) === 0xffd8ff;
const isWebp = (bytes: Buffer): boolean => startsWith(bytes, 0, 'RIFF') && startsWith(bytes, 8, 'WEBP');

function sizeOf(bytes: Buffer): Size | undefined {
  if (isJpeg(bytes)) {
    return jpegSize(bytes);
  }
  return isWebp(bytes) ? webpSize(bytes) : undefined;
}

const inBounds = (pixels: number): boolean => pixels >= 1 && pixels <= contactBounds.pictureSize;

/**
 * The bytes of a data URL, if they begin like a picture as we keep it: whoever decodes it later meets neither
 * another format than it says nor more pixels than it should.
 */
export function pictureBytes(dataUrl: string): Buffer | undefined {
  const bytes = Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64');
  const size = sizeOf(bytes);
  return size !== undefined && inBounds(size.width) && inBounds(size.height) ? bytes : undefined;
}

export function pictureUrl(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  return `data:image/${isJpeg(buffer) ? 'jpeg' : 'webp'};base64,${buffer.toString('base64')}`;
}

/** Changes with the picture. */
export const pictureDigest = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
