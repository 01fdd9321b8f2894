import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dataUrl,
  extendedWebp,
  jpegPicture,
  losslessWebp,
  lossyWebp,
} from '#tests/support/main/samplePictures.ts';
import { pictureBytes, pictureDigest, pictureUrl } from './picture.ts';

const kinds = [
  ['JPEG', jpegPicture],
  ['lossy WebP', lossyWebp],
  ['lossless WebP', losslessWebp],
  ['extended WebP', extendedWebp],
] as const;

describe('the picture of a contact', () => {
  it.each(kinds)('is a %s of at most 256 pixels', (_name, make) => {
    expect(pictureBytes(dataUrl(make(256, 256)))?.equals(make(256, 256))).toBe(true);
    expect(pictureBytes(dataUrl(make(1, 1)))).toBeDefined();
    expect(pictureBytes(dataUrl(make(257, 10)))).toBeUndefined();
    expect(pictureBytes(dataUrl(make(10, 257)))).toBeUndefined();
  });

  it('may not be of 20 megapixels in a small file', () => {
    expect(pictureBytes(dataUrl(jpegPicture(5_472, 3_648)))).toBeUndefined();
  });

  it.each([
    ['SVG with a script', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')],
    ['PNG', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
    ['nothing', Buffer.alloc(0)],
    ['JPEG cut off before its size', jpegPicture(10, 10).subarray(0, 24)],
    ['JPEG without a frame', Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 2, 0, 0, 0, 0, 0, 0])],
    ['WebP of an unknown kind', Buffer.from('RIFF\0\0\0\0WEBPABCD'.padEnd(40, '\0'))],
    ['WebP cut off', lossyWebp(10, 10).subarray(0, 20)],
  ])('is no %s, whatever it says to be', (_name, bytes) => {
    expect(pictureBytes(dataUrl(bytes))).toBeUndefined();
    expect(pictureBytes(dataUrl(bytes, 'webp'))).toBeUndefined();
  });

  it('is read without an exception and without an end, whatever the bytes', () => {
    const start = fc.constantFrom([], [0xff, 0xd8, 0xff], [...Buffer.from('RIFF0000WEBPVP8X')]);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
        pictureBytes(dataUrl(Buffer.from([...head, ...tail])));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is given back with the type that it has, not the one that it came with', () => {
    expect(pictureUrl(jpegPicture(9, 9))).toBe(dataUrl(jpegPicture(9, 9), 'jpeg'));
    expect(pictureUrl(lossyWebp(9, 9))).toBe(dataUrl(lossyWebp(9, 9), 'webp'));
  });

  it('has a name that changes with it', () => {
    expect(pictureDigest(jpegPicture(9, 9))).toBe(pictureDigest(jpegPicture(9, 9)));
    expect(pictureDigest(jpegPicture(9, 9))).not.toBe(pictureDigest(jpegPicture(9, 8)));
  });
});
