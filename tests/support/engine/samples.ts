import { callIdSchema } from '#shared/identity/ids.ts';
import type { CallRecording, CallSample } from '#shared/call/recording.ts';

type Changes = {
  readonly [K in keyof CallSample]?: CallSample[K];
};

/** One second of a call on which nothing is the matter. */
export const goodSample = (changes: Changes = {}): CallSample => ({
  at: 1_000,
  rttMs: 40,
  availableKbps: 2_500,
  path: { local: 'host', remote: 'host', protocol: 'udp', relayProtocol: null, ipv6: false },
  sent: { audio: soundSample(), video: { ...pictureSample(), limitedBy: 'none' } },
  received: {
    audio: { ...soundSample(), concealed: 0 },
    video: { ...pictureSample(), frozenMs: 0, dropped: 0 },
  },
  ...changes,
});

export const soundSample = () => ({ kbps: 32, loss: 0, jitterMs: 3, codec: 'opus' });

export const pictureSample = () => ({
  ...soundSample(),
  kbps: 1_200,
  codec: 'VP8',
  fps: 30,
  width: 1280,
  height: 720,
});

/** A second in which that much of what the peer sent was lost, percent. */
export const lostHere = (loss: number): CallSample => {
  const sample = goodSample();
  return {
    ...sample,
    received: { ...sample.received, audio: { ...soundSample(), loss, concealed: loss } },
  };
};

/** A second in which that much of what was sent did not arrive at the peer, percent. */
export const lostThere = (loss: number): CallSample => {
  const sample = goodSample();
  return { ...sample, sent: { ...sample.sent, audio: { ...soundSample(), loss } } };
};

export const recordingOf = (changes: Partial<CallRecording> = {}): CallRecording => ({
  v: 1,
  callId: callIdSchema.parse('C'.repeat(22)),
  direction: 'outgoing',
  video: true,
  startedAt: Date.UTC(2026, 0, 10),
  seconds: 60,
  end: 'hungUp',
  every: 1_000,
  samples: Array.from({ length: 60 }, (_, second) => goodSample({ at: second * 1_000 })),
  events: [],
  ...changes,
});
