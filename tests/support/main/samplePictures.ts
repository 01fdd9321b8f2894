/** The headers of pictures, as far as the size is named in them. */

const webp = (chunk: string, body: Buffer): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  const content = Buffer.concat([Buffer.from('WEBP'), Buffer.from(chunk), size, body]);
  const whole = Buffer.alloc(4);
  whole.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from('RIFF'), whole, content]);
};

export function jpegPicture(width: number, height: number): Buffer {
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  const application = Buffer.from([0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), application, frame, Buffer.from([0xff, 0xd9])]);
}

export function lossyWebp(width: number, height: number): Buffer {
  const body = Buffer.alloc(20);
  body.set([0x9d, 0x01, 0x2a], 3);
  body.writeUInt16LE(width, 6);
  body.writeUInt16LE(height, 8);
  return webp('VP8 ', body);
}

export function losslessWebp(width: number, height: number): Buffer {
  const body = Buffer.alloc(20);
  body[0] = 0x2f;
  body.writeUInt32LE((width - 1) | ((height - 1) << 14), 1);
  return webp('VP8L', body);
}

export function extendedWebp(width: number, height: number): Buffer {
  const body = Buffer.alloc(20);
  body.writeUIntLE(width - 1, 4, 3);
  body.writeUIntLE(height - 1, 7, 3);
  return webp('VP8X', body);
}

export const dataUrl = (bytes: Buffer, type = 'jpeg'): string =>
  `data:image/${type};base64,${bytes.toString('base64')}`;
