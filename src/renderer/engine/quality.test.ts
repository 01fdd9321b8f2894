import { describe, expect, it } from 'vitest';
import {
  goodSample,
  lostHere,
  lostThere,
  pictureSample,
  soundSample,
} from '#tests/support/engine/samples.ts';
import { qualityOf } from './quality.ts';

const sample = goodSample();
const silence = { ...soundSample(), kbps: 0, loss: null };

describe('the quality of a second', () => {
  it.each([
    ['nothing yet', undefined, 'unknown', []],
    ['no path yet', goodSample({ path: null }), 'unknown', []],
    ['a good call', sample, 'good', []],
    ['a little loss', lostHere(2), 'good', []],
    ['loss of what the peer sends', lostHere(6), 'fair', ['lossHere']],
    ['heavy loss of what the peer sends', lostHere(20), 'poor', ['lossHere']],
    ['heavy loss of what is sent', lostThere(20), 'poor', ['lossThere']],
    ['a long way', goodSample({ rttMs: 350 }), 'fair', ['delay']],
    ['a way that is too long to talk', goodSample({ rttMs: 900 }), 'poor', ['delay']],
    ['too little room for a picture', goodSample({ availableKbps: 90 }), 'poor', ['lowBandwidth']],
    [
      'little room when only a voice is sent',
      goodSample({ availableKbps: 90, sent: { audio: soundSample(), video: null } }),
      'good',
      [],
    ],
    [
      'a slow computer',
      goodSample({ sent: { audio: soundSample(), video: { ...pictureSample(), limitedBy: 'cpu' } } }),
      'fair',
      ['slowComputer'],
    ],
    [
      'a picture that stands still',
      goodSample({
        received: { ...sample.received, video: { ...pictureSample(), frozenMs: 800, dropped: 0 } },
      }),
      'poor',
      ['frozen'],
    ],
    [
      'a picture without sound',
      goodSample({ received: { ...sample.received, audio: { ...silence, concealed: 0 } } }),
      'fair',
      ['noSound'],
    ],
    [
      'nothing that arrives',
      goodSample({
        received: {
          audio: { ...silence, concealed: 0 },
          video: { ...pictureSample(), kbps: 0, loss: null, frozenMs: 0, dropped: 0 },
        },
      }),
      'poor',
      ['noSound'],
    ],
    ['the worst of several first', { ...lostHere(20), rttMs: 350 }, 'poor', ['lossHere', 'delay']],
  ] as const)('of %s', (_what, reading, quality, found) => {
    expect(qualityOf(reading)).toEqual({ quality, troubles: found });
  });
});
