import { onScopeDispose, ref, watch, type Ref } from 'vue';

/** Shorter than a person needs to reach for a button that has just come, milliseconds. */
const latestMs = 150;

/**
 * True once `ready` holds, or after a moment. For what nobody uses at first: drawing it would take the thread on
 * which the offer, the answer or the first picture of a call is being made. (An idle callback is no help: the thread is idle while
 * the browser works on the offer, and is then busy when that is done.)
 */
export function useLater(ready: () => boolean): Readonly<Ref<boolean>> {
  const due = ref(false);
  const timer = setTimeout(() => {
    due.value = true;
  }, latestMs);
  watch(
    ready,
    (now) => {
      due.value ||= now;
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return due;
}
