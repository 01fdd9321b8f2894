/** One beep of a pattern; times in seconds from the start of the pattern. */
interface Beep {
  readonly at: number;
  readonly seconds: number;
  readonly hertz: readonly number[];
}

interface Pattern {
  readonly beeps: readonly Beep[];
  /** Seconds after which it starts again; 0 plays it once. */
  readonly every: number;
  /** Gain of each frequency, 0 to 1. */
  readonly gain: number;
}

export type ToneName = 'ring' | 'ringback' | 'test';

const patterns: Record<ToneName, Pattern> = {
  /** Two soft rising thirds, a pause: easy to hear, not shrill. */
  ring: {
    beeps: [
      { at: 0, seconds: 0.28, hertz: [659.25] },
      { at: 0.22, seconds: 0.5, hertz: [830.61] },
      { at: 0.8, seconds: 0.28, hertz: [659.25] },
      { at: 1.02, seconds: 0.6, hertz: [987.77] },
    ],
    every: 3,
    gain: 0.22,
  },
  /** The European ringing tone: 425 Hz, 1 s on, 4 s off (ETSI TR 101 041-2). */
  ringback: { beeps: [{ at: 0, seconds: 1, hertz: [425] }], every: 5, gain: 0.07 },
  test: {
    beeps: [
      { at: 0, seconds: 0.3, hertz: [523.25] },
      { at: 0.25, seconds: 0.3, hertz: [659.25] },
      { at: 0.5, seconds: 0.7, hertz: [783.99] },
    ],
    every: 0,
    gain: 0.2,
  },
};

/** `setSinkId` of audio contexts is not in TypeScript's library yet. */
interface RoutableContext extends AudioContext {
  setSinkId?: (sinkId: string) => Promise<void>;
}

function schedule(context: AudioContext, pattern: Pattern, start: number): void {
  for (const beep of pattern.beeps) {
    for (const hertz of beep.hertz) {
      const from = start + beep.at;
      const gain = new GainNode(context, { gain: 0 });
      const oscillator = new OscillatorNode(context, { type: 'sine', frequency: hertz });
      // Ramps at both ends: a sine that starts or stops at once clicks.
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(pattern.gain, from + 0.02);
      gain.gain.setValueAtTime(pattern.gain, from + beep.seconds * 0.4);
      gain.gain.exponentialRampToValueAtTime(0.0001, from + beep.seconds);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(from);
      oscillator.stop(from + beep.seconds + 0.02);
    }
  }
}

/** Plays a tone on a speaker (empty: the system's default) until the returned function is called. */
export function playTone(name: ToneName, speaker: string): () => void {
  const pattern = patterns[name];
  const context: RoutableContext = new AudioContext();
  const round = () => schedule(context, pattern, context.currentTime + 0.05);
  const timer = pattern.every > 0 ? setInterval(round, pattern.every * 1000) : undefined;
  const last = pattern.beeps.at(-1);
  const end =
    pattern.every > 0 ? undefined : setTimeout(stop, ((last?.at ?? 0) + (last?.seconds ?? 0) + 0.3) * 1000);
  const routed = speaker === '' ? undefined : context.setSinkId?.(speaker);
  // A speaker that cannot be used must not keep a call from being heard: then it rings on the default.
  void Promise.resolve(routed)
    .catch(() => undefined)
    .then(round);

  function stop(): void {
    clearInterval(timer);
    clearTimeout(end);
    if (context.state !== 'closed') {
      void context.close();
    }
  }
  return stop;
}
