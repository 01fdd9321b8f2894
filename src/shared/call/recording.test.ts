import { describe, expect, it } from 'vitest';
import { goodSample, recordingOf } from '#tests/support/engine/samples.ts';
import { callRecordingSchema } from './recording.ts';

describe('a recording from a file', () => {
  it('is taken as it was saved', () => {
    const recording = recordingOf({ samples: [goodSample()] });
    expect(callRecordingSchema.parse(recording)).toEqual(recording);
  });

  it.each([
    ['a beginning that no date can name', { startedAt: 9e15 }],
    ['a length that no call has', { seconds: 9e15 }],
    ['a sample from after the end of time', { samples: [goodSample({ at: 9e15 })] }],
    ['an event from after it', { events: [{ at: 9e15, kind: 'ice', value: 'new' } as const] }],
    ['a step without an end', { every: 9e15 }],
  ])('is refused with %s', (_what, changes) => {
    expect(callRecordingSchema.safeParse({ ...recordingOf({}), ...changes }).success).toBe(false);
  });
});
