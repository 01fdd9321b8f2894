import { computed, ref, watch, type Ref, type WritableComputedRef } from 'vue';
import { useCallStore } from '../stores/call.ts';

/**
 * Whether a dialog is to be seen that is open: a call that takes the window puts it aside, with what is in it, and
 * it is back after the call. One that is opened in the call lies over it.
 */
export function usePutAside(open: Ref<boolean>): WritableComputedRef<boolean> {
  const call = useCallStore();
  const aside = ref(false);
  watch(
    () => call.page === undefined,
    (inPages) => {
      aside.value = !inPages && open.value;
    },
  );
  watch(open, () => {
    aside.value = false;
  });
  return computed({
    get: () => open.value && !aside.value,
    set: (on) => {
      open.value = on;
    },
  });
}
