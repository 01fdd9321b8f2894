import type { Unsubscribe } from '#shared/emitter.ts';
import type { Result } from '#shared/result.ts';

/**
 * Applies a state that main holds, and every later one. `onChanged` is listened to before `read` asks, and
 * what it says first is newer than an answer that was still on its way, which is then not applied.
 * The result is that of `read`, for the caller to log.
 */
export async function followState<T>(state: {
  readonly read: () => Promise<Result<T>>;
  readonly onChanged: (listener: (next: T) => void) => Unsubscribe;
  readonly apply: (next: T) => void;
}): Promise<Result<T>> {
  let changes = 0;
  state.onChanged((next) => {
    changes += 1;
    state.apply(next);
  });
  const result = await state.read();
  if (result.ok && changes === 0) {
    state.apply(result.value);
  }
  return result;
}
