import { onScopeDispose, ref, type Ref } from 'vue';

/** A window that is never idle gets there all the same after this long, milliseconds. */
const latestMs = 120;

/**
 * True once the window has nothing more urgent to do. For what nobody uses in the first moment: what a person
 * waits for (the offer of a call, a ring that is to be shown) is not held up by drawing it.
 */
export function useWhenIdle(): Readonly<Ref<boolean>> {
  const idle = ref(false);
  const handle = requestIdleCallback(
    () => {
      idle.value = true;
    },
    { timeout: latestMs },
  );
  onScopeDispose(() => cancelIdleCallback(handle));
  return idle;
}
