import { computed, ref, watch, type Ref, type WritableComputedRef } from 'vue';
import { useCallStore } from '../stores/call.ts';
import { useKeysUp } from './useKeysUp.ts';

/**
 * Whether a dialog is to be seen that is open. A call that takes the window puts it aside with what is in it, and it
 * is back after the call; one in which nobody's work is (`passing`) is closed. What is opened in the call lies over it.
 */
export function usePutAside(open: Ref<boolean>, passing: boolean): WritableComputedRef<boolean> {
  const call = useCallStore();
  const keysUp = useKeysUp();
  const aside = ref(false);
  watch(
    () => call.page === undefined,
    (inPages) => {
      if (!inPages && open.value) {
        open.value = !passing;
        aside.value = !passing;
      }
    },
  );
  watch(
    () => !open.value || (call.page === undefined && keysUp.value),
    (back) => {
      if (back) {
        aside.value = false;
      }
    },
  );
  return computed({
    get: () => open.value && !aside.value,
    set: (on) => {
      open.value = on;
    },
  });
}
