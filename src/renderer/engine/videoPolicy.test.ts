import { describe, expect, it } from 'vitest';
import {
  initialVideoState,
  nextVideoState,
  policyBounds,
  videoStepOf,
  type VideoReading,
  type VideoState,
} from './videoPolicy.ts';

const fine: VideoReading = { loss: 0, rttMs: 40, availableKbps: 3_000 };
const lossy: VideoReading = { ...fine, loss: 15 };

/** The state after as many seconds of each reading. */
function after(
  seconds: readonly (readonly [number, VideoReading])[],
  dataSaver = false,
  from: VideoState = initialVideoState(dataSaver),
): VideoState {
  let state = from;
  for (const [count, reading] of seconds) {
    for (let second = 0; second < count; second++) {
      state = nextVideoState(state, reading, dataSaver);
    }
  }
  return state;
}

const stepAfter = (...args: Parameters<typeof after>) => videoStepOf(after(...args)).name;

describe('the picture', () => {
  it.each([
    ['stays as it is on a good path', [[600, fine]], 'full'],
    ['stays when nothing is known', [[60, { loss: null, rttMs: null, availableKbps: null }]], 'full'],
    [
      'bears one burst of loss',
      [
        [2, lossy],
        [60, fine],
      ],
      'full',
    ],
    ['is lowered when loss goes on', [[3, lossy]], 'high'],
    ['is lowered again and again', [[9, lossy]], 'low'],
    ['goes at last, so that the voice stays', [[12, lossy]], 'off'],
    ['does not go lower than off', [[600, lossy]], 'off'],
    ['is lowered when the path is full', [[3, { ...fine, rttMs: 1_500 }]], 'high'],
    ['is lowered when there is no room', [[3, { ...fine, availableKbps: 60 }]], 'high'],
    ['is left alone by a path that has just enough', [[60, { ...fine, availableKbps: 120 }]], 'full'],
    [
      'comes back in steps',
      [
        [12, lossy],
        [policyBounds.patience, fine],
      ],
      'low',
    ],
    [
      'comes back to the full',
      [
        [12, lossy],
        [4 * policyBounds.patience, fine],
      ],
      'full',
    ],
    [
      'comes back from off without a new estimate, which nothing would make',
      [
        [12, lossy],
        [policyBounds.patience, { ...fine, availableKbps: 60 }],
      ],
      'low',
    ],
    [
      'does not come back while the path has little room',
      [
        [9, lossy],
        [60, { ...fine, availableKbps: 120 }],
      ],
      'low',
    ],
    [
      'does not come back while some is still lost',
      [
        [9, lossy],
        [60, { ...fine, loss: 6 }],
      ],
      'low',
    ],
  ] as const)('%s', (_what, seconds, step) => {
    expect(stepAfter(seconds)).toBe(step);
  });

  it('does not flap: a step up that does not hold makes the next one wait twice as long', () => {
    let state = after([[3, lossy]]);
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      let seconds = 0;
      while (state.step > 0) {
        state = nextVideoState(state, fine, false);
        seconds++;
      }
      waits.push(seconds);
      state = after([[3, lossy]], false, state);
    }
    expect(waits).toEqual([8, 16, 32, 64, 64, 64]);
  });

  it.each<[string, readonly (readonly [number, VideoReading])[]]>([
    ['at once', [[9, lossy]]],
    [
      'after a while',
      [
        [3, lossy],
        [20, { ...fine, loss: 6 }],
        [6, lossy],
      ],
    ],
  ])(
    'waits twice as long after a step up that did not hold, also when it goes further down %s',
    (_when, down) => {
      const up = after([
        [6, lossy],
        [8, fine],
      ]);
      expect(videoStepOf(up).name).toBe('high');
      const fallen = after(down, false, up);
      expect([videoStepOf(fallen).name, fallen.patience]).toEqual(['off', 16]);
    },
  );

  it('is patient no longer than at first once a step up has held', () => {
    const flapped = after([
      [3, lossy],
      [8, fine],
      [3, lossy],
    ]);
    expect(flapped.patience).toBe(16);
    expect(
      after(
        [
          [16 + policyBounds.heldSeconds + 1, fine],
          [3, lossy],
        ],
        false,
        flapped,
      ).patience,
    ).toBe(8);
  });

  it('keeps below the ceiling of the data saver, also when that is switched on later', () => {
    expect(stepAfter([[600, fine]], true)).toBe('medium');
    expect(stepAfter([[1, fine]], true, initialVideoState(false))).toBe('medium');
    expect(stepAfter([[600, fine]], false, initialVideoState(true))).toBe('full');
  });
});
