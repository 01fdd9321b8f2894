import { describe, expect, it } from 'vitest';
import { fullOrder, keptOrder, movedCodec, usualCodecs } from './codecOrder.ts';

describe('the order of codecs', () => {
  it('has those that were chosen first, and all others after them', () => {
    expect(fullOrder([])).toEqual(usualCodecs);
    expect(fullOrder(['AV1', 'VP9'])).toEqual(['AV1', 'VP9', 'VP8', 'H264']);
  });

  it('changes by one place, and not beyond its ends', () => {
    expect(movedCodec(usualCodecs, 1, -1)).toEqual(['VP9', 'VP8', 'H264', 'AV1']);
    expect(movedCodec(usualCodecs, 0, -1)).toEqual(usualCodecs);
    expect(movedCodec(usualCodecs, 3, 1)).toEqual(usualCodecs);
  });

  it('is kept only where it is another than the usual one', () => {
    expect(keptOrder(usualCodecs)).toEqual([]);
    expect(keptOrder(movedCodec(usualCodecs, 0, 1))).toEqual(['VP9', 'VP8', 'H264', 'AV1']);
  });
});
