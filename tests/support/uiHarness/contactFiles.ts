import { crc32, deflateSync } from 'node:zlib';
import encodeQR from 'qr';

/** A file as a person chooses it. */
export interface ChosenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A picture with a QR code. */
export const qrPicture = (text: string): ChosenFile => ({
  name: 'code.gif',
  mimeType: 'image/gif',
  buffer: Buffer.from(encodeQR(text, 'gif', { scale: 6, border: 4 })),
});

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** An all black PNG (ISO/IEC 15948), one bit for each pixel: few bytes, however many pixels. */
export function blankPicture(width: number, height: number): ChosenFile {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // One bit of grey, deflate, no filter, not interlaced.
  header.set([1, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * height));
  return {
    name: 'blank.png',
    mimeType: 'image/png',
    buffer: Buffer.concat([
      Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'),
      chunk('IHDR', header),
      chunk('IDAT', rows),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  };
}

export const cardFile = (text: string): ChosenFile => ({
  name: 'people.vcf',
  mimeType: 'text/vcard',
  buffer: Buffer.from(text),
});
