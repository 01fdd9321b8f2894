import { onScopeDispose, watch } from 'vue';
import type { CallSnapshot } from '../engine/types.ts';
import { playTone, type ToneName } from './tones.ts';

/** The tone that belongs to a moment of a call: ringing here, unless nobody wants to hear it, ringing there, or none. */
export function toneOf(call: CallSnapshot | undefined, quiet: boolean): ToneName | undefined {
  if (call?.phase === 'incoming') {
    return quiet ? undefined : 'ring';
  }
  return call?.phase === 'outgoing' && call.stage === 'ringing' ? 'ringback' : undefined;
}

/** Rings while a call rings, here or at the other end, on the chosen speaker. */
export function useRingtone(
  call: () => CallSnapshot | undefined,
  speaker: () => string,
  /** Do not disturb: what comes in makes no sound. */
  quiet: () => boolean,
): void {
  let stop: (() => void) | undefined;
  const silence = () => {
    stop?.();
    stop = undefined;
  };
  watch(
    [() => toneOf(call(), quiet()), speaker] as const,
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
