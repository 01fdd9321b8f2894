import { describe, expect, it } from 'vitest';
import { callRecordingSchema, recordingBounds } from '#shared/call/recording.ts';
import { goodSample, recordingOf } from '#tests/support/engine/samples.ts';
import { RecordingTape } from './RecordingTape.ts';

describe('a recording', () => {
  it('keeps every second of a call of half an hour', () => {
    const tape = new RecordingTape();
    for (let second = 0; second < recordingBounds.samples; second++) {
      tape.sample(goodSample({ at: second * 1_000 }));
    }
    expect(tape.content.samples).toHaveLength(recordingBounds.samples);
    expect(tape.content.every).toBe(1_000);
  });

  it('keeps the whole of a long call, with longer steps', () => {
    const tape = new RecordingTape();
    const hours = 5;
    for (let second = 0; second < hours * 3_600; second++) {
      tape.sample(goodSample({ at: second * 1_000 }));
    }
    const { samples, every, events } = tape.content;
    expect(samples.length).toBeLessThanOrEqual(recordingBounds.samples);
    expect(samples.every(({ at }, index) => at === index * every)).toBe(true);
    expect(samples.at(-1)?.at).toBeGreaterThan(hours * 3_600_000 - every - 1);
    expect(callRecordingSchema.safeParse(recordingOf({ samples: [...samples], every, events })).success).toBe(
      true,
    );
  });

  it('notes a state once, and the last of too many', () => {
    const tape = new RecordingTape();
    tape.event({ at: 1, kind: 'ice', value: 'checking' });
    tape.event({ at: 2, kind: 'connection', value: 'connecting' });
    tape.event({ at: 3, kind: 'ice', value: 'checking' });
    expect(tape.content.events).toHaveLength(2);
    for (let at = 0; at < recordingBounds.events + 5; at++) {
      tape.event({ at, kind: 'ice', value: `${at % 2}` });
    }
    expect(tape.content.events).toHaveLength(recordingBounds.events);
    expect(tape.content.events.at(-1)?.at).toBe(recordingBounds.events + 4);
  });
});
