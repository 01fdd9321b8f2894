import { onScopeDispose, watch } from 'vue';
import type { CallSnapshot } from '../engine/types.ts';
import { playTone, type ToneName } from './tones.ts';

/** The tone that belongs to a moment of a call: ringing here, ringing there, or none. */
export function toneOf(call: CallSnapshot | undefined): ToneName | undefined {
  if (call?.phase === 'incoming') {
    return 'ring';
  }
  return call?.phase === 'outgoing' && call.stage === 'ringing' ? 'ringback' : undefined;
}

/** Rings while a call rings, here or at the other end, on the chosen speaker. */
export function useRingtone(call: () => CallSnapshot | undefined, speaker: () => string): void {
  let stop: (() => void) | undefined;
  const silence = () => {
    stop?.();
    stop = undefined;
  };
  watch(
    [() => toneOf(call()), speaker] as const,
    ([tone, sinkId]) => {
      silence();
      if (tone !== undefined) {
        stop = playTone(tone, sinkId);
      }
    },
    { immediate: true },
  );
  onScopeDispose(silence);
}
